import { log1p, sigmoid, softplus, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Scalar } from './scalar.js';

/** sigmoid(x) and the logarithm of its slope, log y(1 - y) = -x - 2 softplus(-x). */
function squash(x: Tensor): [Tensor, Tensor] {
  return [sigmoid(x), tf.neg(tf.add(x, tf.mul(2, softplus(tf.neg(x)))))];
}

/** log y/(1 - y) and the logarithm of its slope, -log y(1 - y). */
function unsquash(y: Tensor): [Tensor, Tensor] {
  const logY = tf.log(y);
  const log1mY = log1p(tf.neg(y));
  return [tf.sub(logY, log1mY), tf.neg(tf.add(logY, log1mY))];
}

/**
 * y = 1 / (1 + e^-x), log|dy/dx| = log y(1 - y): the real line onto (0, 1).
 *
 * In float32 y rounds to 1 above x = 17. The inverse is -Infinity at 0, Infinity at 1 and NaN outside [0, 1].
 */
export class Sigmoid extends Scalar {
  protected override map(x: Tensor): [Tensor, Tensor] {
    return squash(x);
  }

  protected override unmap(y: Tensor): [Tensor, Tensor] {
    return unsquash(y);
  }
}

/**
 * y = log x/(1 - x), log|dy/dx| = -log x(1 - x): (0, 1) onto the real line.
 *
 * Forward is -Infinity at 0, Infinity at 1 and NaN outside [0, 1]. The inverse rounds to 1 above y = 17.
 */
export class Logit extends Scalar {
  protected override map(x: Tensor): [Tensor, Tensor] {
    return unsquash(x);
  }

  protected override unmap(y: Tensor): [Tensor, Tensor] {
    return squash(y);
  }
}
