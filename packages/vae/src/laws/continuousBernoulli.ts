import { Distribution } from '@pushforward/distributions';
import {
  clip,
  expm1,
  type Key,
  log1mexp,
  log1p,
  safeWhere,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { onSupport } from './support.js';

/**
 * The continuous Bernoulli law of a number in [0, 1]:
 * log p(x) = logits x - log((e^logits - 1) / logits), and -Infinity outside.
 *
 * It is what the Bernoulli formula x log p + (1 - x) log(1 - p) becomes for numbers between 0 and 1 when it is
 * normalised. Draws carry gradients.
 *
 * Everything is computed from a = |logits| and the distance t of x to the end where the density is greatest:
 * p = e^(-a t) a / (1 - e^-a), which nothing cancels in.
 *
 * Source: Loaiza-Ganem and Cunningham, "The continuous Bernoulli", arXiv:1907.06845.
 */
export class ContinuousBernoulli extends Distribution {
  override readonly eventShape: readonly number[] = [];
  override readonly batchShape: readonly number[];

  /** @param logits finite, shape `[...batch]`; 0 for the uniform law */
  constructor(readonly logits: Tensor) {
    super();
    this.batchShape = logits.shape;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const a = tf.abs(this.logits);
      const inside = this.fold(clip(x, 0, 1));
      const logProb = tf.neg(tf.add(tf.mul(a, inside), logVolume(a)));
      return onSupport(x, (x) => tf.maximum(tf.neg(x), tf.sub(x, 1)), logProb);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => this.quantile(key.uniform([...shape, ...this.batchShape])));
  }

  override mean(): Tensor {
    return tf.tidy(() => this.fold(meanDistance(tf.abs(this.logits))));
  }

  override variance(): Tensor {
    return tf.tidy(() =>
      // 1/a^2 - 1/(4 sinh^2(a/2)), and its Taylor series where the two cancel.
      safeWhere(tf.abs(this.logits), {
        when: (a) => tf.greater(a, 1),
        use: (a) =>
          tf.add(
            tf.reciprocal(tf.square(a)),
            // 4 sinh^2(a/2) = (e^a - 1) (1 - e^-a).
            tf.reciprocal(tf.mul(expm1(a), expm1(tf.neg(a)))),
          ),
        otherwise: series(this.logits, [1 / 12, -1 / 240, 1 / 6048, -1 / 172800, 1 / 5322240]),
        standIn: 2,
      }),
    );
  }

  override entropy(): Tensor {
    return tf.tidy(() => {
      const a = tf.abs(this.logits);
      return tf.add(logVolume(a), tf.mul(a, meanDistance(a)));
    });
  }

  override quantile(p: Tensor): Tensor {
    return tf.tidy(() => {
      const a = tf.add(tf.abs(this.logits), tf.zerosLike(p));
      // The distance grows with 1 - p where the density grows with x.
      const u = this.fold(p);
      const t = safeWhere(a, {
        when: (a) => tf.greater(a, 1e-3),
        use: (a) => tf.neg(tf.div(log1p(tf.mul(u, expm1(tf.neg(a)))), a)),
        otherwise: tf.sub(u, tf.mul(tf.mul(0.5, a), tf.mul(u, tf.sub(1, u)))),
        standIn: 1,
      });
      return this.fold(t);
    });
  }

  /** Between x and the distance to the end where the density is greatest: 1 - x where the logit is positive, else x. */
  private fold(x: Tensor): Tensor {
    const grows = untracked(() => tf.cast(tf.greater(this.logits, 0), 'float32'));
    return tf.add(grows, tf.mul(tf.sub(1, tf.mul(2, grows)), x));
  }
}

/** log of the integral of e^(-a t) over [0, 1], log((1 - e^-a) / a), for a >= 0. */
function logVolume(a: Tensor): Tensor {
  return safeWhere(a, {
    when: (a) => tf.greater(a, 1),
    use: (a) => tf.sub(log1mexp(a), tf.log(a)),
    otherwise: tf.mul(
      a,
      tf.sub(tf.mul(a, series(a, [1 / 24, -1 / 2880, 1 / 181440, -1 / 9676800])), 0.5),
    ),
    standIn: 2,
  });
}

/** The mean of t under a density proportional to e^(-a t) on [0, 1]: 1/a - 1/(e^a - 1), for a >= 0. */
function meanDistance(a: Tensor): Tensor {
  return safeWhere(a, {
    when: (a) => tf.greater(a, 1),
    use: (a) => tf.sub(tf.reciprocal(a), tf.reciprocal(expm1(a))),
    otherwise: tf.sub(
      0.5,
      tf.mul(a, series(a, [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160])),
    ),
    standIn: 2,
  });
}

/** c_0 + c_1 a^2 + c_2 a^4 + ... where |a| <= 1; of larger numbers as of 1. */
function series(a: Tensor, coefficients: readonly number[]): Tensor {
  const square = tf.square(clip(a, -1, 1));
  return coefficients.reduceRight<Tensor>(
    (sum, c) => tf.add(c, tf.mul(square, sum)),
    tf.zerosLike(a),
  );
}
