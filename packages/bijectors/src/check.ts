import { DomainError } from '@pushforward/tensors';

/** Throws unless `value` is an integer and at least `least`. */
export function checkCount(where: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new DomainError(`${where}: ${name} must be an integer >= ${least}, got ${value}.`);
}

/** Throws unless `value` is a finite number above `low`. */
export function checkAbove(where: string, name: string, value: number, low: number): void {
  if (!(value > low && Number.isFinite(value)))
    throw new DomainError(`${where}: ${name} must be finite and > ${low}, got ${value}.`);
}
