import { log1p, softplus, type Tensor, tanh } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Scalar } from './scalar.js';

/**
 * y = tanh x, log|dy/dx| = log(1 - y^2) = 2 (log 2 - x - softplus(-2x)): the real line onto (-1, 1).
 *
 * In float32 y rounds to 1 or -1 beyond |x| = 9. The inverse, x = (log(1 + y) - log(1 - y)) / 2, is infinite at -1 and
 * 1 and NaN beyond them.
 */
export class Tanh extends Scalar {
  protected override map(x: Tensor): [Tensor, Tensor] {
    const logSlope = tf.mul(2, tf.sub(Math.LN2, tf.add(x, softplus(tf.mul(-2, x)))));
    return [tanh(x), logSlope];
  }

  protected override unmap(y: Tensor): [Tensor, Tensor] {
    const log1pY = log1p(y);
    const log1mY = log1p(tf.neg(y));
    return [tf.mul(0.5, tf.sub(log1pY, log1mY)), tf.neg(tf.add(log1pY, log1mY))];
  }
}
