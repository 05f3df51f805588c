import * as tf from '@tensorflow/tfjs';
import { ShapeError } from './errors.js';
import type { Tensor } from './types.js';

/**
 * The common shape of several, by the rule that an axis of 1 repeats and missing leading axes are 1.
 *
 * @param where name of the function or class, for the message
 * @throws ShapeError where they have none
 */
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

/**
 * The sum over the last `axes` axes, such as those of an event.
 *
 * @param x shape `[...batch, ...event]`
 * @returns shape `[...batch]`
 */
export function sumLast(x: Tensor, axes: number): Tensor {
  if (axes === 0) return x;
  return tf.sum(
    x,
    Array.from({ length: axes }, (_, i) => x.rank - 1 - i),
  );
}
