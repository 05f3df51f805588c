import { MLP, Network } from '@pushforward/nn';
import { checkEvent, type Key, type Tensor } from '@pushforward/tensors';
import type { NetworkBuilder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** From trajectories of fields and z_a to what is added to them: of each cell by what it has been through, and no other has. */
class CellFilter extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  private readonly ofCell: MLP;

  /** @param cells the numbers of a cell, S, and how many cells there are */
  constructor(
    key: Key,
    { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
    private readonly cells: readonly [count: number, size: number],
    hidden: readonly number[],
  ) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    const [count, size] = cells;
    const steps = outputs / count;
    this.ofCell = new MLP(key, {
      ...{ inputs: steps + size + this.latent, outputs: steps, hidden },
      ...{ activation: 'silu', lastScale: 0 },
    });
  }

  override apply(x: Tensor): Tensor {
    checkEvent('CellFilter', x, [this.inputs]);
    return tf.tidy(() => {
      const [count, size] = this.cells;
      const rows = tf.reshape(x, [-1, this.inputs]);
      const states = this.inputs - this.latent;
      const [fields, za] = tf.split(rows, [states, this.latent], 1) as [Tensor, Tensor];
      const n = rows.shape[0];
      // [N, times, cells, S] to [N, cells, times S].
      const byTime = tf.reshape(fields, [n, -1, count, size]);
      const byCell = tf.reshape(tf.transpose(byTime, [0, 2, 1, 3]), [n, count, -1]);
      const told = this.ofCell.apply(
        tf.concat([byCell, tf.tile(tf.expandDims(za, 1), [1, count, 1])], 2),
      );
      const added = tf.transpose(tf.reshape(told, [n, count, -1, size]), [0, 2, 1, 3]);
      return tf.reshape(added, [...x.shape.slice(0, -1), this.outputs]);
    });
  }

  private get latent(): number {
    const [count, size] = this.cells;
    return this.inputs - this.outputs - count * size;
  }
}

/** A filter of fields on a grid of so many cells, of S numbers each, that starts by adding nothing. */
export function cellFilter(
  cells: readonly [count: number, size: number],
  hidden: readonly number[],
): NetworkBuilder {
  return (key, sizes) => new CellFilter(key, sizes, cells, hidden);
}
