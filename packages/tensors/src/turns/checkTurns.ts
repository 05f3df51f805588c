import { ShapeError } from '../errors.js';
import type { Tensor } from '../types.js';

/** @throws ShapeError unless there is something to take turns over */
export function checkTurns(where: string, over: readonly Tensor[]): void {
  const turns = over[0]?.shape[0];
  if (!turns || over.some(({ shape }) => shape[0] !== turns))
    throw new ShapeError(
      `${where}: what turns are taken over has a first axis of the same length, at least 1, ` +
        `got shapes ${over.map(({ shape }) => `[${shape.join(', ')}]`).join(', ') || 'of none'}.`,
    );
}
