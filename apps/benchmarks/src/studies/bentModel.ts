import { Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

const noise = 0.5;

/** z_1 + z_2^2. */
class Parabola extends Network {
  override readonly inputs = 2;
  override readonly outputs = 1;

  override apply(z: Tensor): Tensor {
    return tf.tidy(() => {
      const [first, second] = tf.split(z, 2, -1);
      return tf.add(first!, tf.square(second!));
    });
  }
}

/**
 * x ~ N(z_1 + z_2^2, 0.5^2), z ~ N(0, I): what is known of z given x lies along a parabola, with two ends that are far apart
 * where x is large. The likelihood of x is an integral over one number, so that what a posterior lacks is known.
 */
export const bentModel = {
  noise,
  decoder: () => new Parabola(),

  /** n rows of x, shape `[n, 1]`. */
  draw: (key: Key, n: number): Tensor =>
    tf.tidy(() => {
      const [forZ, forNoise] = key.split(2);
      const mean = new Parabola().apply(forZ.normal([n, 2]));
      return tf.add(mean, tf.mul(noise, forNoise.normal([n, 1])));
    }),

  /** log p(x) = log int N(x; z_2^2, 1 + 0.5^2) N(z_2; 0, 1) dz_2, by the trapezoidal rule, which is exact to rounding here. */
  logProb(x: number): number {
    const [step, reach, variance] = [0.01, 10, 1 + noise ** 2];
    let sum = 0;
    for (let z = -reach; z <= reach; z += step)
      sum += Math.exp(-(z ** 2) / 2 - (x - z ** 2) ** 2 / (2 * variance));
    return Math.log((sum * step) / (2 * Math.PI * Math.sqrt(variance)));
  },
} as const;
