import { Bijector } from '@pushforward/bijectors';
import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** y = x + context, with vectors of `contextSize` numbers. */
export class Shift extends Bijector {
  override readonly eventRank = 1;

  constructor(override readonly contextSize: number) {
    super();
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    return [tf.add(x, context!), tf.zeros(x.shape.slice(0, -1))];
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    return [tf.sub(y, context!), tf.zeros(y.shape.slice(0, -1))];
  }
}
