import { checkCount, DomainError } from '@pushforward/tensors';

/** Height, width and channels of an image, or steps and channels of a sequence. */
export type GridShape =
  | readonly [height: number, width: number, channels: number]
  | readonly [steps: number, channels: number];

/** An image, or a sequence as an image of one column. */
export interface Grid {
  /** `[H, W, C]`. */
  readonly image: readonly [number, number, number];
  /** The axes of `[N, H, W, C]` that are halved: 1 and 2, or 1 alone. */
  readonly axes: readonly number[];
}

/** Throws a DomainError unless the shape is of integers and can be halved so often. */
export function gridOf(where: string, shape: GridShape, halvings: number): Grid {
  const sizes: readonly number[] = shape;
  if (sizes.length !== 2 && sizes.length !== 3)
    throw new DomainError(
      `${where}: a shape [H, W, C] or [T, C] is needed, got [${sizes.join(', ')}].`,
    );
  for (const size of sizes) checkCount(where, 'a size', size, 1);
  for (const size of sizes.slice(0, -1))
    if (size % 2 ** halvings !== 0)
      throw new DomainError(`${where}: ${size} cannot be halved ${halvings} times.`);
  return shape.length === 3
    ? { image: shape, axes: [1, 2] }
    : { image: [shape[0], 1, shape[1]], axes: [1] };
}
