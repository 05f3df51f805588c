import { Split } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Groups of sensors, each of which depends on one number that is known but for noise; and sensors of a group. */
const groups = 5;
const perGroup = 20;

/** Standard deviations of what a group does beside what is known, and of each sensor. */
const [unknown, noise] = [0.15, 0.1];

/** How far an anomaly moves what it moves. */
const shift = 0.6;

/** What is wrong: nothing, one sensor, or what one group depends on. */
export type Fault = 'none' | 'sensor' | 'group';

/** What the numbers of a row are called: those that are known, and the sensors. */
export const knownColumns = Array.from({ length: groups }, (_, i) => `known ${i + 1}`);
export const sensorColumns = Array.from({ length: groups * perGroup }, (_, i) => `sensor ${i + 1}`);

/** Slopes and offsets of the sensors. */
export interface Plant {
  readonly slopes: tf.Tensor;
  readonly offsets: tf.Tensor;
}

/** Sensors with slopes between 0.5 and 1.5 and offsets of standard normal law; the caller's to dispose. */
export function plant(key: Key): Plant {
  const [forSlopes, forOffsets] = key.split(2);
  const shape = [groups, perGroup];
  return { slopes: forSlopes.uniform(shape, 0.5, 1.5), offsets: forOffsets.normal(shape) };
}

/**
 * n rows of 5 numbers k that are known, uniform on (-1, 1), and of 100 sensors x:
 * x_gj = tanh(a_gj (k_g + u_g)) + c_gj + 0.1 e_gj, u_g ~ N(0, 0.15^2), e_gj ~ N(0, 1).
 * A fault adds 0.6 or takes it away: of one x_gj, or of one k_g + u_g.
 */
export async function sensors(
  key: Key,
  { slopes, offsets }: Plant,
  n: number,
  fault: Fault = 'none',
): Promise<Split> {
  const [forKnown, forUnknown, forNoise, forFault] = key.split(4);
  const [forPlace, forSign] = forFault.split(2);
  const rows = tf.tidy(() => {
    const known = forKnown.uniform([n, groups], -1, 1);
    const sign = tf.sub(tf.mul(2, forSign.bernoulli(0.5, [n, 1])), 1);
    const moved = (places: number) => {
      const logits = tf.zeros([n, places]);
      const place = tf.oneHot(tf.cast(forPlace.categorical(logits), 'int32'), places);
      return tf.mul(shift, tf.mul(sign, tf.cast(place, 'float32')));
    };
    let activation = tf.add(known, tf.mul(unknown, forUnknown.normal([n, groups])));
    if (fault === 'group') activation = tf.add(activation, moved(groups));
    const response = tf.tanh(tf.mul(slopes, tf.expandDims(activation, -1)));
    const clean = tf.reshape(tf.add(response, offsets), [n, groups * perGroup]);
    const x = tf.add(clean, tf.mul(noise, forNoise.normal(clean.shape)));
    return tf.concat([known, fault === 'sensor' ? tf.add(x, moved(groups * perGroup)) : x], 1);
  });
  const x = (await rows.data()) as Float32Array;
  rows.dispose();
  const columns = [...knownColumns, ...sensorColumns];
  return new Split({ name: 'sensors', source: 'drawn', x, columns });
}
