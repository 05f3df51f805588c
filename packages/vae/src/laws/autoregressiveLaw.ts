import { Distribution } from '@pushforward/distributions';
import { type Batch, type Key, type Tensor, untracked } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** What an {@link AutoregressiveLaw} is made of. */
interface Parts {
  readonly eventShape: readonly number[];
  readonly batchShape: readonly number[];
  /** A law of independent numbers, of which number i depends on the numbers of x before it alone. */
  readonly given: (x: Tensor) => Distribution;
  /** For each number the pass in which all that it depends on has been drawn, from 0. */
  readonly passes: () => readonly number[];
  /** Whether the conditional laws are reparameterised. */
  readonly reparameterised: boolean;
}

/**
 * p(x) = prod_i p(x_i | x_before i): a density takes one evaluation of all conditional laws, a draw one for each pass,
 * in which the numbers whose turn it is are kept.
 */
export class AutoregressiveLaw extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  constructor(private readonly parts: Parts) {
    super();
    this.eventShape = parts.eventShape;
    this.batchShape = parts.batchShape;
  }

  override get reparameterised(): boolean {
    return this.parts.reparameterised;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => this.parts.given(x).logProb(x));
  }

  override loss(batch: Batch, key: Key): Tensor {
    this.check(batch.context, batch.x);
    return tf.tidy(() => this.parts.given(batch.x).loss(batch, key));
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const passes = this.parts.passes();
      const start: Tensor = tf.zeros([...shape, ...this.batchShape, ...this.eventShape]);
      let x = start;
      for (let pass = 0; pass <= Math.max(...passes); pass++) {
        // One noise for all passes: of each number one draw is kept. Compiled programs draw it once.
        const draws = this.parts.given(x).sample(key);
        const turn = untracked(() => tf.equal(tf.tensor1d([...passes]), pass));
        x = tf.where(turn, draws, pass === 0 ? tf.zerosLike(draws) : x);
      }
      return x;
    });
  }
}
