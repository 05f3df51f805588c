import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** `count` uniform draws on [0, 1), on the host. */
export function uniforms(key: Key, count: number): Float32Array {
  return tf.tidy(() => key.uniform([count]).dataSync<'float32'>());
}

/** `count` standard normal draws, on the host. */
export function normals(key: Key, count: number): Float32Array {
  return tf.tidy(() => key.normal([count]).dataSync<'float32'>());
}
