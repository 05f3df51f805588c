import { broadcastShapes, checkContext, checkEvent, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * Throws unless x has `features` columns, and there is a context exactly where one is expected.
 *
 * @param x shape `[...batch, features]`
 * @param context shape `[...batch, contextSize]`
 */
export function checkInputs(
  where: string,
  [features, contextSize]: readonly [number, number],
  x: Tensor,
  context: Tensor | undefined,
): void {
  checkEvent(where, x, [features]);
  checkContext(where, contextSize, context);
}

/**
 * x and the context side by side, as a network reads them.
 *
 * @param x shape `[...batch, D]`
 * @param context shape `[...batch, C]`, where the batch axes broadcast against those of x; undefined where C is 0
 * @returns shape `[...batch, D + C]`
 */
export function besideContext(x: Tensor, context: Tensor | undefined): Tensor {
  if (context === undefined) return x;
  return tf.concat([broadcastBatch(x, context), broadcastBatch(context, x)], -1);
}

/**
 * x, repeated along the batch axes that only `other` has.
 *
 * @param x shape `[...batch, D]`
 * @param other shape `[...batch, C]`, or undefined, which asks for nothing
 * @throws ShapeError where the batch axes do not go together
 */
export function broadcastBatch(x: Tensor, other: Tensor | undefined): Tensor {
  if (other === undefined) return x;
  const [own, wanted] = [x.shape.slice(0, -1), other.shape.slice(0, -1)];
  const batch = broadcastShapes('the batches of x and of the context', own, wanted);
  return batch.join() === own.join() ? x : tf.add(x, tf.zeros([...batch, 1]));
}
