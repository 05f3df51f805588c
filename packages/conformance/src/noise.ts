import type { Pushforward } from '@pushforward/distributions';
import type { Tensor } from '@pushforward/tensors';
import { jacobian, logAbsDet, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';

/** Midpoints of cells over [-8, 8], beyond which noise has no mass to speak of. */
const CELLS = 32;
const WIDTH = 16 / CELLS;
const midpoints = Array.from({ length: CELLS }, (_, i) => -8 + (i + 0.5) * WIDTH);

/**
 * The integral of a density over all x = f(u) in place of x: p(x) dx = p(f(u)) |det df/du| du, the determinant by
 * differentiation.
 *
 * In u the integrand is smooth where in x, with large weights, the mass is on thin ridges far apart.
 *
 * @param law in one or two dimensions
 */
export function integralOverNoise(law: Pushforward): number {
  const features = law.eventShape[0]!;
  const points =
    features === 1
      ? midpoints.map((a) => [a])
      : midpoints.flatMap((a) => midpoints.map((b) => [a, b]));
  return tf.tidy(() => {
    const u = tf.tensor2d(points);
    const f = (u: Tensor) => law.bijector.forward(u);
    const logDet = jacobian(f, u).map(logAbsDet);
    const logProb = valuesOf(law.logProb(f(u)));
    return logProb.reduce((sum, p, i) => sum + Math.exp(p + logDet[i]!), 0) * WIDTH ** features;
  });
}
