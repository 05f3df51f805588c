import type { Batch, Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';

/** A law whose events are written as vectors. */
class Flattened extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;

  constructor(readonly law: Distribution) {
    super();
    this.eventShape = [tf.util.sizeFromShape([...law.eventShape])];
    this.batchShape = law.batchShape;
    this.contextSize = law.contextSize;
    if (law.mean) this.mean = (context) => this.flat(law.mean!(context));
    if (law.variance) this.variance = (context) => this.flat(law.variance!(context));
    if (law.entropy) this.entropy = (context) => law.entropy!(context);
  }

  override get reparameterised(): boolean {
    return this.law.reparameterised;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => this.law.logProb(this.unflat(x), context));
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return tf.tidy(() => this.flat(this.law.sample(key, shape, context)));
  }

  override sampleAndLogProb(
    key: Key,
    shape?: readonly number[],
    context?: Tensor,
  ): [Tensor, Tensor] {
    return tf.tidy(() => {
      const [x, logProb] = this.law.sampleAndLogProb(key, shape, context);
      return [this.flat(x), logProb];
    });
  }

  override prepare(batch: Batch): void {
    tf.tidy(() => {
      this.law.prepare({ ...batch, x: this.unflat(batch.x) });
    });
  }

  override loss(batch: Batch, key: Key): Tensor {
    return tf.tidy(() => this.law.loss({ ...batch, x: this.unflat(batch.x) }, key));
  }

  private flat(x: Tensor): Tensor {
    return tf.tidy(() =>
      tf.reshape(x, [...x.shape.slice(0, x.rank - this.law.eventShape.length), ...this.eventShape]),
    );
  }

  private unflat(x: Tensor): Tensor {
    return tf.reshape(x, [...x.shape.slice(0, -1), ...this.law.eventShape]);
  }
}

/**
 * The same law with its events written as vectors: `[...event]` becomes `[D]`, row by row.
 *
 * @example
 * ```ts
 * import { flatten, Independent, RelaxedCategorical } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const choices = new RelaxedCategorical([[0, 1, 2], [0, 0, 0]], 0.5); // two among three
 * flatten(new Independent(choices, 1)).sample(Key.from(1), [10]).shape; // [10, 6]
 * ```
 */
export function flatten(law: Distribution): Distribution {
  return new Flattened(law);
}
