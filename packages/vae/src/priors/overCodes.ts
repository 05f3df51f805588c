import { Categorical, Distribution, Independent } from '@pushforward/distributions';
import { constant, type Key, ShapeError, type Tensor, untracked } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Codebook } from '../laws/codebook.js';

/** The law of the vectors of codes. */
export class OverCodes extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;
  readonly codes: Distribution;
  /** What a law of equally probable codes is made of. */
  private readonly logits: Tensor | undefined;

  constructor(
    readonly codebook: Codebook,
    variables: number,
    codes: Distribution | undefined,
  ) {
    super();
    const [count, size] = codebook.vectors.shape as [number, number];
    if (codes === undefined) {
      this.logits = constant(() => tf.zeros([variables, count]));
      codes = new Independent(new Categorical(this.logits), 1);
    }
    if (codes.eventShape.join() !== `${variables}`)
      throw new ShapeError(
        `vectorQuantised: a law of ${variables} codes is needed, got events [${codes.eventShape.join(', ')}].`,
      );
    this.codes = codes;
    this.eventShape = [variables * size];
    this.batchShape = codes.batchShape;
    this.contextSize = codes.contextSize;
  }

  override get reparameterised(): boolean {
    return false;
  }

  /** log of the probability, -Infinity for what is no vector of codes. */
  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => {
      const codes = this.codebook.codesOf(z);
      const isThere = untracked(() => tf.all(tf.equal(z, this.codebook.vectorsOf(codes)), -1));
      return tf.where(isThere, this.codes.logProb(codes, context), -Infinity);
    });
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return tf.tidy(() => this.codebook.vectorsOf(this.codes.sample(key, shape, context)));
  }
}
