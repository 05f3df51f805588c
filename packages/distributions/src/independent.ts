import { type Batch, type Key, OptionError, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';

/**
 * A law that holds several parameter sets, read as one law of their independent joint: the last `rank` axes of its
 * batch become the first of the event, and log-densities add up over them.
 *
 * `new Independent(new Bernoulli(logits), 1)` with logits `[B, D]` is a batch of B laws of vectors `[D]`.
 */
export class Independent extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;

  /**
   * @param law batch shape `[...batch, ...axes]`
   * @param rank how many axes of the batch become axes of the event
   * @throws OptionError if the law has fewer
   */
  constructor(
    readonly law: Distribution,
    readonly rank: number,
  ) {
    super();
    const { batchShape, eventShape } = law;
    if (!Number.isInteger(rank) || rank < 0 || rank > batchShape.length)
      throw new OptionError(
        `Independent: rank must be an integer from 0 to ${batchShape.length}, ` +
          `the rank of the batch [${batchShape.join(', ')}], got ${rank}.`,
      );
    const kept = batchShape.length - rank;
    this.batchShape = batchShape.slice(0, kept);
    this.eventShape = [...batchShape.slice(kept), ...eventShape];
    this.contextSize = law.contextSize;
    if (law.mean) this.mean = (context) => law.mean!(context);
    if (law.variance) this.variance = (context) => law.variance!(context);
    if (law.entropy)
      this.entropy = (context) => tf.tidy(() => sumLast(law.entropy!(context), rank));
  }

  override get reparameterised(): boolean {
    return this.law.reparameterised;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => sumLast(this.law.logProb(x, context), this.rank));
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return this.law.sample(key, shape, context);
  }

  override prepare(batch: Batch): void {
    this.law.prepare(batch);
  }
}
