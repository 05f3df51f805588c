import type { Tensor } from '../types.js';
import { later, moved, type Slope, type Time } from './field.js';

/** An explicit Runge-Kutta method: k_i = f(t + c_i h, y + h sum_j a_ij k_j), y(t + h) = y + h sum_i b_i k_i. */
export interface Tableau {
  /** c */
  readonly nodes: readonly number[];
  /** The rows of a, each as long as there are slopes before it. */
  readonly stages: readonly (readonly number[])[];
  /** b */
  readonly weights: readonly number[];
}

/**
 * Methods of orders 1, 2, 2 and 4, by name.
 *
 * Source: Hairer, Norsett and Wanner, "Solving ordinary differential equations I", 1993, section II.1.
 */
export const tableaus = {
  euler: { nodes: [0], stages: [[]], weights: [1] },
  midpoint: { nodes: [0, 1 / 2], stages: [[], [1 / 2]], weights: [0, 1] },
  heun: { nodes: [0, 1], stages: [[], [1]], weights: [1 / 2, 1 / 2] },
  rk4: {
    nodes: [0, 1 / 2, 1 / 2, 1],
    stages: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    weights: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  },
} satisfies Record<string, Tableau>;

/**
 * The slopes k_1, k_2, ... of a step from t to t + h.
 *
 * @param known the first of them, where it is known
 */
export function slopesOf(
  { nodes, stages }: Tableau,
  slope: Slope,
  t: Time,
  h: Time,
  y: Tensor,
  known: readonly Tensor[] = [],
): Tensor[] {
  const slopes = [...known];
  for (let i = known.length; i < nodes.length; i++)
    slopes.push(slope(later(t, nodes[i]!, h), moved(y, h, stages[i]!, slopes)));
  return slopes;
}

/** y(t + h). */
export function step(tableau: Tableau, slope: Slope, t: Time, h: Time, y: Tensor): Tensor {
  return moved(y, h, tableau.weights, slopesOf(tableau, slope, t, h, y));
}
