import { checkContext, ShapeError, type Tensor } from '@pushforward/tensors';
import type { TimedNetwork } from '../timedNetwork.js';

/** Throws a ShapeError unless x is `[B, ...event]`, t `[B]` and context, where one is read, `[B, contextSize]`. */
export function checkTimed(
  where: string,
  { eventShape, contextSize }: TimedNetwork,
  x: Tensor,
  t: Tensor,
  context: Tensor | undefined,
): void {
  const [count = 0, ...event] = x.shape;
  if (x.rank === 0 || event.join() !== eventShape.join())
    throw new ShapeError(
      `${where}: x of shape [B, ${eventShape.join(', ')}] is needed, got [${x.shape.join(', ')}].`,
    );
  if (t.rank !== 1 || t.shape[0] !== count)
    throw new ShapeError(
      `${where}: one time for each of ${count} rows is needed, got times of shape [${t.shape.join(', ')}].`,
    );
  checkContext(where, contextSize, context);
  if (context !== undefined && (context.rank !== 2 || context.shape[0] !== count))
    throw new ShapeError(
      `${where}: one context for each of ${count} rows is needed, got contexts of shape [${context.shape.join(', ')}].`,
    );
}
