import { type Distribution, given } from '@pushforward/distributions';
import type { Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type BoundedFamily, middleOf } from '../laws/bounded.js';
import { HybridPosterior } from './hybridPosterior.js';

/** What a {@link FilteredPosterior} is made of. */
interface Parts {
  /** q(z_a | y, x), a conditional law. */
  readonly learned: Distribution;
  /** From y, x and z_a to what is added to y, so that the expert alone could have told it. */
  readonly filter: Network;
  /** From a filtered y, and x, to numbers that select q(z_e). */
  readonly reader: Network;
  /** The laws that they select. */
  readonly family: BoundedFamily;
}

/**
 * q(z_a | y, x) q(z_e | y, x, z_a) in two steps: a filter takes from y what only the learned part explains, and a second network
 * reads the expert's parameters from what is left.
 *
 * Source: Takeishi and Kalousis, "Physics-integrated variational autoencoders", arXiv:2102.13156, section 3.2.
 */
export class FilteredPosterior extends HybridPosterior {
  override readonly eventShape: readonly number[];
  override readonly contextSize: number;
  private readonly learned: Distribution;
  private readonly filter: Network;
  private readonly reader: Network;
  private readonly family: BoundedFamily;

  constructor(parts: Parts) {
    super();
    ({
      learned: this.learned,
      filter: this.filter,
      reader: this.reader,
      family: this.family,
    } = parts);
    this.contextSize = this.learned.contextSize;
    this.eventShape = [this.family.eventShape[0]! + this.learned.eventShape[0]!];
  }

  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => {
      const [ze, za] = tf.split(z, this.sizes(), -1);
      const ofLearned = given(this.learned, context!).logProb(za!);
      return tf.add(ofLearned, this.lawOf(za!, context!).logProb(ze!));
    });
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return tf.tidy(() => this.sampleAndLogProb(key, shape, context)[0]);
  }

  override sampleAndLogProb(
    key: Key,
    shape: readonly number[] = [],
    context?: Tensor,
  ): [Tensor, Tensor] {
    this.check(context);
    return tf.tidy(() => {
      const [forLearned, forExpert] = key.split(2);
      const [za, ofLearned] = given(this.learned, context!).sampleAndLogProb(forLearned, shape);
      const [ze, ofExpert] = this.lawOf(za, context!).sampleAndLogProb(forExpert);
      return [tf.concat([ze, za], -1), tf.add(ofLearned, ofExpert)];
    });
  }

  override supervise(key: Key, ze: Tensor, context: Tensor): Tensor {
    return tf.tidy(() => {
      const za = given(this.learned, context).sample(key);
      return this.family.supervise(this.numbersOf(this.filtered(za, context), context), ze);
    });
  }

  override middle(context: Tensor): Tensor {
    return tf.tidy(() => {
      const za = middleOf(given(this.learned, context));
      return tf.concat([this.read(this.filtered(za, context), context), za], -1);
    });
  }

  /**
   * y without what only the learned part explains, flattened.
   *
   * @param za shape `[...draws, ...batch, A]`
   * @param context shape `[...batch, contextSize]`
   * @returns shape `[...draws, ...batch, T d]`
   */
  filtered(za: Tensor, context: Tensor): Tensor {
    return tf.tidy(() => {
      const rows = this.rowsOf(za, context);
      const y = this.trajectoryOf(rows);
      return tf.add(y, this.filter.apply(tf.concat([rows, za], -1)));
    });
  }

  /**
   * The middle of q(z_e) for a trajectory that the expert alone has told, or that has been filtered.
   *
   * @param y flattened, shape `[...batch, T d]`
   * @param context of the posterior, whose own y is not read, shape `[...batch, contextSize]`
   */
  read(y: Tensor, context: Tensor): Tensor {
    return tf.tidy(() => this.family.middle(this.numbersOf(y, context)));
  }

  private lawOf(za: Tensor, context: Tensor): Distribution {
    return this.family.law(this.numbersOf(this.filtered(za, context), context));
  }

  private numbersOf(y: Tensor, context: Tensor): Tensor {
    const rows = this.rowsOf(y, context);
    const size = this.filter.outputs;
    const start = tf.slice(
      rows,
      rows.shape.map((_, axis) => (axis === rows.rank - 1 ? size : 0)),
      [...rows.shape.slice(0, -1), this.contextSize - size],
    );
    return this.reader.apply(tf.concat([y, start], -1));
  }

  private trajectoryOf(rows: Tensor): Tensor {
    const begin = rows.shape.map(() => 0);
    return tf.slice(rows, begin, [...rows.shape.slice(0, -1), this.filter.outputs]);
  }

  /** The context of each draw. */
  private rowsOf(drawn: Tensor, context: Tensor): Tensor {
    const shape = [...drawn.shape.slice(0, -1), this.contextSize];
    return tf.util.arraysEqual(shape, context.shape) ? context : tf.broadcastTo(context, shape);
  }

  private sizes(): number[] {
    return [this.family.eventShape[0]!, this.learned.eventShape[0]!];
  }
}
