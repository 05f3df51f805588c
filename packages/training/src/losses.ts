import type { Batch, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The mean loss of some rows. */
export interface Loss {
  readonly loss: number;
  readonly rows: number;
}

/**
 * Losses on their way from the engine.
 *
 * Reading a number waits for the engine to finish; read together, a hundred cost as much as one.
 */
export class Losses {
  private readonly waiting: { loss: Tensor; rows: number }[] = [];

  /** @param loss a scalar, the mean over the rows of the batch; disposed when it is read */
  add(loss: Tensor, batch: Batch): void {
    this.waiting.push({ loss, rows: batch.x.shape[0] });
  }

  /** Those added since the last call, in order. */
  async read(): Promise<Loss[]> {
    if (this.waiting.length === 0) return [];
    const rows = this.waiting.map((item) => item.rows);
    const together = tf.stack(this.waiting.map((item) => item.loss));
    this.dispose();
    try {
      const losses = await together.data();
      return rows.map((rows, i) => ({ loss: losses[i]!, rows }));
    } finally {
      together.dispose();
    }
  }

  dispose(): void {
    for (const { loss } of this.waiting.splice(0)) loss.dispose();
  }
}
