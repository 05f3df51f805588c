import { DomainError, OptionError, ShapeError } from './errors.js';
import type { Tensor } from './types.js';

/**
 * Throws an {@link OptionError} that lists the options of `options` which are not among `known`.
 *
 * @param where name of the function or class, for the message
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new OptionError(
      `${where}: unknown option ${unknown.map((name) => `'${name}'`).join(', ')}; known are ${known.join(', ')}.`,
    );
}

/**
 * Throws a {@link DomainError} unless `value` is an integer and at least `least`.
 *
 * @param where name of the function or class, for the message
 * @param name name of the number, for the message
 */
export function checkCount(where: string, name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new DomainError(
      `${where}: ${name} must be an integer >= ${least}, got ${String(value)}.`,
    );
}

/**
 * Throws a {@link DomainError} unless `value` is finite and above `low`.
 *
 * @param where name of the function or class, for the message
 * @param name name of the number, for the message
 */
export function checkAbove(where: string, name: string, value: number, low: number): void {
  if (!(value > low && value < Number.POSITIVE_INFINITY))
    throw new DomainError(`${where}: ${name} must be finite and > ${low}, got ${String(value)}.`);
}

/**
 * Throws a {@link ShapeError} unless the last axes of `x` are `event`.
 *
 * @param where name of the function or class, for the message
 * @param x shape `[...batch, ...event]`
 */
export function checkEvent(where: string, x: Tensor, event: readonly number[]): void {
  const last = event.length === 0 ? [] : x.shape.slice(-event.length);
  if (last.length !== event.length || event.some((size, i) => last[i] !== size))
    throw new ShapeError(
      `${where}: expected shape [..., ${event.join(', ')}], got [${x.shape.join(', ')}].`,
    );
}

/**
 * Throws a {@link ShapeError} when a context is missing, unexpected or of the wrong size.
 *
 * @param where name of the function or class, for the message
 * @param size numbers per context vector; 0 where none is expected
 * @param context shape `[..., size]`
 */
export function checkContext(where: string, size: number, context: Tensor | undefined): void {
  if (size === 0 && context !== undefined)
    throw new ShapeError(
      `${where}: no context is expected, got one of shape [${context.shape.join(', ')}].`,
    );
  if (size === 0) return;
  if (context === undefined)
    throw new ShapeError(`${where}: a context of shape [..., ${size}] is required, got none.`);
  checkEvent(`${where}: context`, context, [size]);
}
