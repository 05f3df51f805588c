import type { Batch, Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Rows, rowCount, takeRows } from './rows.js';

/** Rows, and what a model is told beside each. */
export interface Table extends Rows {
  readonly context?: Rows;
}

/** All rows as tensors, which are the caller's to dispose. */
export function batchOf(table: Table): Batch {
  const { context } = table;
  return { x: tensorOf(table), ...(context && { context: tensorOf(context) }) };
}

/** All rows in random order, `size` at a time, the last batch as long as it happens to be or not at all. */
export function* shuffledBatches(
  table: Table,
  key: Key,
  size: number,
  dropLast: boolean,
): Generator<Batch> {
  const { context, features } = table;
  const length = rowCount('batches', table);
  const order = key.permutation(length);
  for (let start = 0; start < length; start += size) {
    const indices = order.subarray(start, start + size);
    if (dropLast && indices.length < size) return;
    yield batchOf({
      x: takeRows(table, indices),
      features,
      ...(context && { context: { ...context, x: takeRows(context, indices) } }),
    });
  }
}

function tensorOf({ x, features }: Rows): Tensor {
  return tf.tensor2d(x, [x.length / features, features]);
}
