import type { Key, Tensor } from '@pushforward/tensors';
import { hypersphereGain } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** n points that are uniform on the unit sphere of D dimensions, shape `[n, D]`. */
export function onSphere(key: Key, n: number, dimension: number): Tensor {
  return tf.tidy(() => {
    const z = key.normal([n, dimension]);
    return tf.div(z, tf.norm(z, 2, 1, true));
  });
}

/**
 * The R / sigma from which on the likelihood of means on a sphere of radius r > 0 exceeds that of a single mean at the centre,
 * by halving. From the integral of equation 6.5 alone, without the closed form of the best r.
 */
export function thresholdOf(dimension: number): number {
  let [low, high] = [1, 2 * Math.sqrt(dimension)];
  for (let i = 0; i < 40; i++) {
    const ratio = (low + high) / 2;
    const sphere = { dimension, radius: 1, scale: 1 / ratio };
    // The gain starts as r^2 (R^2 / (D sigma^2) - 1) / (2 sigma^2): its sign is that at a small r.
    if (hypersphereGain(sphere, 1e-3) > 0) high = ratio;
    else low = ratio;
  }
  return (low + high) / 2;
}

/** The r for which the likelihood is greatest, R = 1, on a grid of a thousand. */
export function bestRadius(dimension: number, scale: number): number {
  const sphere = { dimension, radius: 1, scale };
  const radii = Array.from({ length: 1001 }, (_, i) => i / 1000);
  const gains = radii.map((r) => hypersphereGain(sphere, r));
  return radii[gains.indexOf(Math.max(...gains))]!;
}

/**
 * The lengths of free means that are best for points of the unit circle, by expectation maximisation: a model as the theorem
 * has it, without a network and with the exact posterior.
 */
export async function freeMeans(key: Key, scale: number, steps: number): Promise<number[]> {
  const [points, means] = [720, 48];
  let best = tf.tidy<tf.Tensor2D>(() => tf.mul(0.3, key.normal([means, 2])));
  for (let i = 0; i < steps; i++) {
    const next = tf.tidy<tf.Tensor2D>(() => {
      const angle = tf.mul((2 * Math.PI) / points, tf.range(0, points));
      const x = tf.stack([tf.cos(angle), tf.sin(angle)], 1);
      const near = tf.sub(tf.matMul(x, best, false, true), tf.div(tf.sum(tf.square(best), 1), 2));
      const shares = tf.softmax<tf.Tensor2D>(tf.div(near, scale ** 2));
      return tf.div(tf.matMul(shares, x, true), tf.expandDims(tf.sum(shares, 0), 1));
    });
    best.dispose();
    best = next;
  }
  const lengths = tf.tidy(() => tf.norm(best, 2, 1));
  const values = [...(await lengths.data())];
  tf.dispose([best, lengths]);
  return values;
}
