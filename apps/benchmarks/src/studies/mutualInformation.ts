import type { Distribution } from '@pushforward/distributions';
import { DomainError } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Half the side of the square over which densities are summed, and points along it. */
const reach = 8;
const across = 400;

/**
 * I(x1; x2) = integral p log (p / (p1 p2)) of a density in the plane, by the midpoint rule, in nats.
 *
 * @throws DomainError where the square of half side 8 does not hold all of it but a hundredth
 */
export async function mutualInformation(law: Distribution): Promise<number> {
  const width = (2 * reach) / across;
  const places = Float32Array.from({ length: across }, (_, i) => (i + 0.5) * width - reach);
  const p: Float32Array[] = [];
  for (const x1 of places) {
    const density = tf.tidy(() => {
      const x = tf.stack([tf.fill([across], x1), tf.tensor1d(places)], 1);
      return tf.exp(law.logProb(x));
    });
    p.push((await density.data()) as Float32Array);
    density.dispose();
  }
  const mass = p.flatMap((row) => [...row]).reduce((sum, value) => sum + value * width ** 2, 0);
  if (!(Math.abs(mass - 1) <= 0.01))
    throw new DomainError(
      `mutualInformation: the square of half side ${reach} must hold all of the density, its sum is ${mass}.`,
    );
  for (const row of p) for (const j of row.keys()) row[j]! /= mass;
  const p1 = p.map((row) => row.reduce((sum, value) => sum + value * width, 0));
  const p2 = places.map((_, j) => p.reduce((sum, row) => sum + row[j]! * width, 0));
  let information = 0;
  for (const [i, row] of p.entries())
    for (const [j, value] of row.entries())
      if (value > 0) information += value * Math.log(value / (p1[i]! * p2[j]!)) * width ** 2;
  return information;
}
