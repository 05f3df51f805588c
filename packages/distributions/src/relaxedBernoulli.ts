import { clip, type Key, logSigmoid, sigmoid, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { checkFinite, checkPositive, type ParameterLike, shapeOf, tensorOf } from './parameters.js';
import { onSupport } from './support.js';

/** The numbers next to 0 and 1 that draws take: their density is a number, and 1 - x is not 0. */
const [LEAST, MOST] = [1e-37, 1 - 2 ** -24];

/**
 * A number in (0, 1) in place of a Bernoulli number, with a density and with draws that carry a gradient: the law of
 * X = sigmoid((logits + L) / temperature), L of the logistic law; also called binary concrete.
 *
 * log p(x) = log temperature + log sigmoid(l) + log sigmoid(-l) - log x - log(1 - x), l = temperature logit(x) - logits, and
 * -Infinity outside (0, 1). As the temperature falls to 0 draws come close to 0 and 1, to 1 with probability sigmoid(logits); below
 * 1 the density has its peaks there. float32 has no numbers between 1 and 1 - 2^-24: of temperatures below 0.3 that is where
 * more than one draw in a hundred is.
 *
 * Source: Maddison, Mnih and Teh, "The concrete distribution", arXiv:1611.00712, appendix B.
 *
 * @example
 * ```ts
 * import { Independent, RelaxedBernoulli } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const law = new Independent(new RelaxedBernoulli([0, 2, -1], 0.5), 1);
 * const [x, logProb] = law.sampleAndLogProb(Key.from(1), [10]); // [10, 3], [10]
 * ```
 */
export class RelaxedBernoulli extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /**
   * @param logits log(p / (1 - p)), finite, shape `[...batch]`
   * @param temperature > 0, shape `[]`
   * @throws DomainError for numbers out of range; tensors are not read
   */
  constructor(
    readonly logits: ParameterLike,
    readonly temperature: ParameterLike,
  ) {
    super();
    checkFinite('RelaxedBernoulli: logits', logits);
    checkPositive('RelaxedBernoulli: temperature', temperature);
    this.batchShape = shapeOf(logits);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const inside = (x: Tensor) => tf.logicalAnd(tf.greater(x, 0), tf.less(x, 1));
      const near = clip(x, LEAST, MOST);
      const [below, above] = [tf.log(near), tf.log(tf.sub(1, near))];
      const temperature = tensorOf(this.temperature);
      const noise = tf.sub(tf.mul(temperature, tf.sub(below, above)), tensorOf(this.logits));
      const logistic = tf.add(logSigmoid(noise), logSigmoid(tf.neg(noise)));
      const logProb = tf.sub(tf.add(logistic, tf.log(temperature)), tf.add(below, above));
      return onSupport(x, inside, logProb);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      // In steps of 2^-23, from half a step on.
      const u = tf.add(key.uniform([...shape, ...this.batchShape]), 2 ** -24);
      const noise = tf.sub(tf.log(u), tf.log(tf.sub(1, u)));
      const scaled = tf.div(tf.add(tensorOf(this.logits), noise), tensorOf(this.temperature));
      return clip(sigmoid(scaled), LEAST, MOST);
    });
  }
}
