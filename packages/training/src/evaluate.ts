import type { Batch, Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Losses } from './losses.js';
import type { TrainingData } from './options.js';

/** The mean loss over all rows, nats per example. The same key gives the same batches and draws, so epochs compare. */
export async function evaluate(
  loss: (batch: Batch, key: Key) => Promise<Tensor>,
  data: TrainingData,
  key: Key,
  batchSize: number,
): Promise<number> {
  const [order, draws] = key.split(2);
  const losses = new Losses();
  try {
    let batches = 0;
    for (const batch of data.batches(order, batchSize)) {
      try {
        losses.add(await loss(batch, draws.foldIn(batches++)), batch);
      } finally {
        tf.dispose(batch);
      }
    }
    const seen = await losses.read();
    const total = seen.reduce((sum, { loss, rows }) => sum + loss * rows, 0);
    return total / seen.reduce((sum, { rows }) => sum + rows, 0);
  } finally {
    losses.dispose();
  }
}
