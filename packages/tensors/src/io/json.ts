import { DomainError } from '../errors.js';

/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** Throws a {@link DomainError} that names the part of `value` which JSON would change silently. */
export function checkJson(where: string, value: unknown): void {
  const isPlain =
    typeof value === 'object' &&
    value !== null &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
  if (isPlain) {
    for (const [name, part] of Object.entries(value))
      if (part !== undefined || Array.isArray(value)) checkJson(`${where}.${name}`, part);
    return;
  }
  const isScalar = value === null || ['boolean', 'string'].includes(typeof value);
  if (isScalar || Number.isFinite(value)) return;
  const what =
    typeof value === 'number' ? value : Object.prototype.toString.call(value).slice(8, -1);
  throw new DomainError(
    `${where} is ${what}, which JSON cannot hold; use finite numbers, strings, booleans, null, arrays and plain objects.`,
  );
}
