import type { Tensor } from '@pushforward/tensors';
import type { Distribution } from './distribution.js';

/** A law that is part of a conditional one is shown the context only if it is conditional itself. */
export function contextFor(part: Distribution, context: Tensor | undefined): Tensor | undefined {
  return part.contextSize > 0 ? context : undefined;
}

/** The shape of draws to ask of a part, so that there are some for each row of the context in any case. */
export function drawsFor(
  part: Distribution,
  shape: readonly number[],
  context: Tensor | undefined,
): readonly number[] {
  if (part.contextSize > 0 || context === undefined) return shape;
  return [...shape, ...context.shape.slice(0, -1)];
}
