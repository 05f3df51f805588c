import { compile } from '@pushforward/compile';
import type { Triangular } from '@pushforward/conditioners';
import type { Distribution, Pushforward } from '@pushforward/distributions';
import { Key, type Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Window } from '../charts/clouds.js';
import type { Grid } from '../charts/heat.js';

/**
 * Hands on another flow with the weights of a trained one, and frees it: a UMNN is trained with few steps of its integral
 * and judged with many.
 */
export async function withCopy<T>(
  trained: Module,
  build: (key: Key) => Pushforward,
  use: (copy: Pushforward) => Promise<T>,
): Promise<T> {
  const copy = build(Key.from(0));
  try {
    const weights = new Map(trained.namedVariables());
    for (const [name, variable] of copy.namedVariables()) variable.assign(weights.get(name)!);
    return await use(copy);
  } finally {
    copy.dispose();
  }
}

/** The density of a law of the plane over a window, at the middles of `across` times `across` cells. */
export async function densityOver(
  law: Distribution,
  [[left, right], [bottom, top]]: Window,
  across: number,
): Promise<Grid> {
  const place = (low: number, high: number, i: number) => low + ((i + 0.5) * (high - low)) / across;
  const rows: number[][] = [];
  for (let i = 0; i < across; i++) {
    const x2 = place(bottom, top, i);
    const points = Array.from({ length: across }, (_, j) => [place(left, right, j), x2]);
    const density = tf.tidy(() => tf.exp(law.logProb(tf.tensor2d(points))));
    rows.push([...(await density.data())]);
    density.dispose();
  }
  return rows;
}

/**
 * The x that an autoregressive step in the order of the dimensions takes to z: its inverse as a small program that runs
 * once for each dimension, where a program of all D passes would be too large.
 *
 * @param z shape `[N, D]`
 * @param context shape `[N, contextSize]`
 */
export async function inverseByPasses(
  { conditioner, normalizer }: Triangular,
  z: Tensor,
  context: Tensor,
): Promise<Tensor> {
  const size = z.shape[1]!;
  const pass = compile((x: Tensor, z: Tensor, context: Tensor, place: Tensor) =>
    tf.tidy(() => {
      const h = conditioner.parametersOf(x, context);
      const own = tf.sum(tf.mul(h, tf.expandDims(place, -1)), 1, true);
      const noise = tf.sum(tf.mul(z, place), 1, true);
      return tf.add(x, tf.mul(normalizer.inverseAndLogDet(noise, own)[0], place));
    }),
  );
  let x: Tensor = tf.zeros(z.shape);
  for (let i = 0; i < size; i++) {
    const place = tf.oneHot(i, size).toFloat();
    const next = await pass(x, z, context, place);
    tf.dispose([x, place]);
    x = next;
  }
  pass.dispose();
  return x;
}
