import type { Tensor } from '../types.js';
import { moved, type Time } from './field.js';
import type { Tableau } from './rungeKutta.js';

/**
 * The method of Dormand and Prince, of order 5, with an error estimate of order 4 and values between its steps.
 *
 * Its last slope is the first of the next step.
 *
 * Source: Dormand and Prince, "A family of embedded Runge-Kutta formulae", 1980; Hairer, Norsett and Wanner, "Solving
 * ordinary differential equations I", 1993, table II.5.2 and section II.6 (the values between).
 */
export const dormandPrince: Tableau = {
  nodes: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  stages: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ],
  weights: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0],
};

/** What the step of order 5 adds to that of order 4, in slopes. */
export const errorWeights = [
  71 / 57600,
  0,
  -71 / 16695,
  71 / 1920,
  -17253 / 339200,
  22 / 525,
  -1 / 40,
];

const bend = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];

/** y(t + share h) within a step, of order 4. */
export function within(share: number, h: Time, y: Tensor, slopes: readonly Tensor[]): Tensor {
  if (share === 1) return moved(y, h, dormandPrince.weights, slopes);
  const last = slopes.length - 1;
  const weights = dormandPrince.weights.map((weight, i) => {
    const start = (i === 0 ? 1 : 0) - weight;
    const end = weight - (i === last ? 1 : 0) - start;
    return share * (weight + (1 - share) * (start + share * (end + (1 - share) * bend[i]!)));
  });
  return moved(y, h, weights, slopes);
}
