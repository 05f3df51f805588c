import { ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The sum over the last `axes` axes. */
export function sumLast(x: Tensor, axes: number): Tensor {
  if (axes === 0) return x;
  return tf.sum(
    x,
    Array.from({ length: axes }, (_, i) => x.rank - 1 - i),
  );
}

/** The common shape of several, by the rule that an axis of 1 repeats. */
export function broadcastShapes(
  where: string,
  ...shapes: readonly (readonly number[])[]
): readonly number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((n) => n !== 1) ?? 1;
    if (sizes.some((n) => n !== 1 && n !== size))
      throw new ShapeError(
        `${where}: shapes must agree or be 1 on every axis, ` +
          `got ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')}.`,
      );
    return size;
  });
}

/** D x D: 1 on and below the diagonal, 0 above. */
export function lowerMask(size: number): Tensor {
  return tf.linalg.bandPart(tf.ones([size, size]), -1, 0);
}
