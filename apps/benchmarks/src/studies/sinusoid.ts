import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Rows } from '../charts/pairs.js';

/**
 * n points about a sinusoid of the plane whose curvature and noise vary along it, shape `[n, 2]`:
 * (2 t, 0.7 sin(2 pi (t + 0.4 t^2))) + s(t) N(0, I), t ~ U(-1, 1), s(t) = 0.01 + 0.035 (1 + cos 2 pi t) from 0.01 to 0.08.
 *
 * Of the law of Berger's section 6.3.2, whose equation is not given, this has the range of the noise and the size.
 */
export function aboutSinusoid(key: Key, n: number): Tensor {
  return tf.tidy(() => {
    const [forPlace, forNoise] = key.split(2);
    const t = forPlace.uniform([n, 1], -1, 1);
    const phase = tf.add(t, tf.mul(0.4, tf.square(t)));
    const curve = tf.concat([tf.mul(2, t), tf.mul(0.7, tf.sin(tf.mul(2 * Math.PI, phase)))], 1);
    const scale = tf.add(0.01, tf.mul(0.035, tf.add(1, tf.cos(tf.mul(2 * Math.PI, t)))));
    return tf.add(curve, tf.mul(scale, forNoise.normal([n, 2])));
  });
}

/** Points that follow each other on the sinusoid, the noise left out. */
export const sinusoid: Rows = Array.from({ length: 2001 }, (_, i) => {
  const t = i / 1000 - 1;
  return [2 * t, 0.7 * Math.sin(2 * Math.PI * (t + 0.4 * t * t))];
});

/** The mean distance of points to the nearest of others. */
export function meanDistance(points: Rows, others: Rows): number {
  const nearest = points.map(([x, y]) =>
    Math.sqrt(
      others.reduce((least, [u, v]) => Math.min(least, (x! - u!) ** 2 + (y! - v!) ** 2), Infinity),
    ),
  );
  return nearest.reduce((sum, distance) => sum + distance, 0) / points.length;
}
