import { log1mexp, logSigmoid, softplus, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Scalar } from './scalar.js';

/**
 * y = log(1 + e^x), log|dy/dx| = log sigmoid(x): the real line onto (0, Infinity).
 *
 * The inverse, x = y + log(1 - e^-y), neither overflows nor loses digits at small y; it is -Infinity at 0 and NaN
 * below it.
 */
export class Softplus extends Scalar {
  protected override map(x: Tensor): [Tensor, Tensor] {
    return [softplus(x), logSigmoid(x)];
  }

  protected override unmap(y: Tensor): [Tensor, Tensor] {
    const rest = log1mexp(y);
    return [tf.add(y, rest), tf.neg(rest)];
  }
}
