import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Adjacency, depthOf } from '../adjacency.js';
import { Conditioner } from '../conditioner.js';
import { broadcastBatch, checkInputs } from '../context.js';
import type { SharedEmbedding } from './embedding.js';

/** c_i(x) = h(x * A_i, e_i): a network that all dimensions share, over a graph of its own. */
export class Embedded extends Conditioner {
  override readonly depth: number;
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;
  override readonly contextSize: number;

  /**
   * @param gates A where its entries are not just zeros and ones, shape `[D, D]`, or `[...batch, D, D]` for one x
   *   each; the adjacency by default
   */
  constructor(
    /** What computes the parameters. */
    readonly embedding: SharedEmbedding,
    /** `A[i][j] = 1` where dimension i reads x_j. */
    override readonly adjacency: Adjacency,
    private readonly gates?: Tensor,
  ) {
    super();
    this.depth = depthOf(adjacency);
    this.transformed = adjacency.map((_, i) => i);
    this.parameterCount = embedding.parameterCount;
    this.contextSize = embedding.contextSize;
  }

  override parametersOf(x: Tensor, context?: Tensor): Tensor {
    checkInputs('Graphical', [this.adjacency.length, this.contextSize], x, context);
    return tf.tidy(() => {
      const rows = tf.expandDims(broadcastBatch(x, context), -2);
      const seen = this.gates ? tf.mul(rows, this.gates) : this.parentsIn(rows);
      return this.embedding.apply(seen, context);
    });
  }

  /** Zero in place of what is not read, chosen and not multiplied: 0 times an infinite x_j would be NaN. */
  private parentsIn(rows: Tensor): Tensor {
    const all = tf.add(rows, tf.zeros([this.adjacency.length, 1]));
    // Of full shape: `where` would spread its arguments by the slow tile.
    const zeros = tf.zeros(all.shape);
    const reads = tf.add(zeros, tf.tensor2d(this.adjacency as number[][]));
    return tf.where(tf.greaterEqual(reads, 0.5), all, zeros);
  }
}
