import type { Key, Tensor } from '@pushforward/tensors';

/** `count` uniform draws on [0, 1), on the host. */
export function uniforms(key: Key, count: number): Float32Array {
  return toHost(key.uniform([count]));
}

/** `count` standard normal draws, on the host. */
export function normals(key: Key, count: number): Float32Array {
  return toHost(key.normal([count]));
}

/** The numbers of a tensor, which is disposed. Not by `tf.tidy`: it would search the numbers for tensors. */
function toHost(draws: Tensor): Float32Array {
  const values = draws.dataSync<'float32'>();
  draws.dispose();
  return values;
}
