/** Orders of convergence, and gradients, where rounding does not hide them. */
import '@pushforward/testing/float64';
import { finiteDifferences } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { systems } from '../../test/systems.js';
import type { Tensor } from '../types.js';
import { dormandPrince, within } from './dormandPrince.js';
import type { Field } from './field.js';
import { slopeOf } from './field.js';
import { type AdaptiveSteps, type FixedSteps, odeSolve } from './odeSolve.js';
import { slopesOf } from './rungeKutta.js';

/** y' = y cos t, whose solution is y0 e^(sin t). */
const swinging: Field = (t, y) => tf.mul(y, tf.cos(t));
const exact = (t: number) => Math.exp(Math.sin(t));
const one = () => tf.ones([1]);

/** The slope of the logarithm of errors, over halvings of the step. */
function order(error: (steps: number) => number, steps: number): number {
  return Math.log2(error(steps) / error(2 * steps));
}

describe('the error falls as its order says', () => {
  it.each([
    ['euler', 1, 512],
    ['midpoint', 2, 128],
    ['heun', 2, 128],
    ['rk4', 4, 32],
  ] as const)('%s: %i', (method, expected, steps) => {
    const error = (substeps: number) =>
      tf.tidy(() => {
        const end = odeSolve(swinging, one(), [0, 2], { method, substeps });
        return Math.abs(end.dataSync()[1]! - exact(2));
      });
    expect(Math.abs(order(error, steps) - expected)).toBeLessThan(0.1);
  });

  /** One step of length h from t = 0.3, to a share of it. */
  const stepError = (share: number) => (steps: number) =>
    tf.tidy(() => {
      const [t, h] = [0.3, 1 / steps];
      const slope = slopeOf(swinging, []);
      const y = tf.tensor1d([exact(t)]);
      const got = within(share, h, y, slopesOf(dormandPrince, slope, t, h, y));
      return Math.abs(got.dataSync()[0]! - exact(t + share * h));
    });

  it.each([
    [1, 6, 8],
    [0.2, 5, 32],
    [0.6, 5, 32],
  ])('a step of dopri5, at %f of it: %i', (share, expected, steps) => {
    expect(Math.abs(order(stepError(share), steps) - expected)).toBeLessThan(0.4);
  });

  it('dopri5 begins and ends where it says, with the slopes there', () => {
    tf.tidy(() => {
      const slope = slopeOf(swinging, []);
      const y = tf.tensor1d([exact(0.3)]);
      const slopes = slopesOf(dormandPrince, slope, 0.3, 0.5, y);
      const at = (share: number) => within(share, 0.5, y, slopes).dataSync()[0]!;
      expect(at(0)).toBeCloseTo(exact(0.3), 14);
      expect(at(1 - 1e-12)).toBeCloseTo(at(1), 10);
      const e = 1e-6;
      expect((at(e) - at(0)) / (0.5 * e)).toBeCloseTo(slopes[0]!.dataSync()[0]!, 4);
      expect((at(1) - at(1 - e)) / (0.5 * e)).toBeCloseTo(slopes.at(-1)!.dataSync()[0]!, 4);
    });
  });
});

it.each([1e-4, 1e-6, 1e-8, 1e-10])('errors stay near the tolerance %d', (tolerance) => {
  tf.tidy(() => {
    const times = Array.from({ length: 41 }, (_, i) => i / 4);
    const options = { method: 'dopri5', rtol: tolerance, atol: tolerance } as const;
    const got = odeSolve(swinging, one(), times, options).dataSync();
    const worst = Math.max(...times.map((t, i) => Math.abs(got[i]! - exact(t))));
    expect(worst).toBeLessThan(30 * tolerance);
    expect(worst).toBeGreaterThan(tolerance / 1000);
  });
});

it('each sample of a batch has an error of its own', () => {
  tf.tidy(() => {
    // The last of a thousand turns fast, and is alone in what its mean error would be.
    const speed = tf.concat([tf.ones([999, 1]), tf.fill([1, 1], 20)]);
    const field: Field = (t, y) => tf.mul(tf.cos(tf.mul(speed, t)), tf.mul(speed, y));
    const options = { method: 'dopri5', rtol: 1e-6, atol: 1e-6 } as const;
    const all = odeSolve(field, tf.ones([1000, 1]), [0, 3], options);
    expect(Math.abs(all.dataSync()[1999]! - exact(60))).toBeLessThan(3e-5);
  });
});

describe('gradients', () => {
  const { field } = systems.pendulum!;
  const loss = (options: FixedSteps | AdaptiveSteps, times: number[]) => (point: Tensor) => {
    const [y0, square, friction] = tf.split(tf.reshape(point, [4]), [2, 1, 1]) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const inputs = [tf.squeeze(square), tf.squeeze(friction)];
    const solution = odeSolve(field, y0, times, { ...options, inputs });
    return tf.reshape(tf.sum(tf.sin(tf.mul(3, solution))), [1, 1]);
  };
  const point = () => tf.tensor1d([0.8, -0.3, 1.7, 0.2]);

  it.each<[string, FixedSteps | AdaptiveSteps, number]>([
    ['euler', { method: 'euler', substeps: 7 }, 1e-8],
    ['heun with checkpoint', { method: 'heun', substeps: 7, checkpoint: true }, 1e-8],
    ['midpoint', { method: 'midpoint', substeps: 7 }, 1e-8],
    ['rk4 with checkpoint', { method: 'rk4', substeps: 3, checkpoint: true }, 1e-8],
    // Steps count as given, and would change with the point by as much as their errors.
    ['dopri5', { method: 'dopri5', rtol: 1e-9, atol: 1e-9 }, 1e-6],
  ])('of %s are the differences of its values', (_, options, tolerance) => {
    for (const times of [
      [0, 0.4, 1, 2.2],
      [0.5, -0.1, -1],
    ])
      tf.tidy(() => {
        const f = loss(options, times);
        const slopes = tf.grad((x) => tf.sum(f(x)))(point());
        const differences = tf.reshape(finiteDifferences(f, tf.reshape(point(), [1, 4])), [4]);
        expect(slopes).toBeAllClose(differences, { abs: tolerance, rel: tolerance });
      });
  });
});
