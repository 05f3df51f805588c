import { checkContext, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';

/** A map of single numbers, applied to each element of a tensor; its log-determinant has the shape of x. */
export abstract class Scalar extends Bijector {
  override readonly eventRank = 0;

  /** y and log|dy/dx|, two tensors of the shape of x that nobody else holds. */
  protected abstract map(x: Tensor): [y: Tensor, logDet: Tensor];

  /** x and log|dx/dy|, two tensors of the shape of y that nobody else holds. */
  protected abstract unmap(y: Tensor): [x: Tensor, logDet: Tensor];

  /**
   * @param x any shape
   * @returns y and logDet, both of the shape of x
   */
  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    checkContext(this.constructor.name, 0, context);
    return tf.tidy(() => this.map(x));
  }

  /**
   * @param y any shape
   * @returns x and logDet, both of the shape of y
   */
  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    checkContext(this.constructor.name, 0, context);
    return tf.tidy(() => this.unmap(y));
  }
}
