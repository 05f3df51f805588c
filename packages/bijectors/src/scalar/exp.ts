import { exp, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Scalar } from './scalar.js';

/**
 * y = e^x, log|dy/dx| = x: the real line onto (0, Infinity).
 *
 * Forward overflows to Infinity above x = 88.7. The inverse is -Infinity at 0 and NaN below it.
 */
export class Exp extends Scalar {
  protected override map(x: Tensor): [Tensor, Tensor] {
    return [exp(x), tf.clone(x)];
  }

  protected override unmap(y: Tensor): [Tensor, Tensor] {
    const x = tf.log(y);
    return [x, tf.neg(x)];
  }
}
