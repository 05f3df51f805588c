import {
  clip,
  type Key,
  sigmoid,
  softplus,
  type Tensor,
  withoutGradient,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { checkFinite, type ParameterLike, shapeOf, tensorOf } from './parameters.js';

/**
 * The law of a number that is 1 with probability sigmoid(logits), else 0: log p(x) = -log(1 + e^((1 - 2 x) logits)),
 * and -Infinity for any other x.
 *
 * Draws carry no gradient.
 */
export class Bernoulli extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /**
   * @param logits log(p / (1 - p)), finite, shape `[...batch]`
   * @throws DomainError for numbers that are not finite; tensors are not read
   */
  constructor(readonly logits: ParameterLike) {
    super();
    checkFinite('Bernoulli: logits', logits);
    this.batchShape = shapeOf(logits);
  }

  override get reparameterised(): boolean {
    return false;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const sign = tf.sub(1, tf.mul(2, clip(x, 0, 1)));
      // 0 or -Infinity, of x alone: there may be many laws for each. Where x is NaN, the sign is, too. As arithmetic it
      // takes compiled programs half the time of a choice between tensors.
      const support = withoutGradient(x, (x) => {
        const inside = tf.logicalOr(tf.equal(x, 0), tf.equal(x, 1));
        return tf.sub(1, tf.div(1, tf.cast(inside, 'float32')));
      });
      return tf.sub(support, softplus(tf.mul(sign, tensorOf(this.logits))));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() =>
      withoutGradient(tensorOf(this.logits), (logits) =>
        key.bernoulli(tf.sigmoid(logits), [...shape, ...this.batchShape]),
      ),
    );
  }

  override mean(): Tensor {
    return tf.tidy(() => sigmoid(tensorOf(this.logits)));
  }

  override variance(): Tensor {
    return tf.tidy(() => {
      const logits = tensorOf(this.logits);
      return tf.mul(sigmoid(logits), sigmoid(tf.neg(logits)));
    });
  }

  override entropy(): Tensor {
    return tf.tidy(() => {
      const logits = tensorOf(this.logits);
      const opposite = tf.neg(logits);
      return tf.add(
        tf.mul(sigmoid(logits), softplus(opposite)),
        tf.mul(sigmoid(opposite), softplus(logits)),
      );
    });
  }
}
