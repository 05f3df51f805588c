import { EngineError } from '../errors.js';

/**
 * Imports an optional package; `undefined` where it is not installed.
 *
 * @param name is no literal in the import, so that bundlers do not look for it
 * @param load the `import` of the package that asks; by default that of this one, which finds its own peers only where
 *   packages are kept apart
 * @throws {EngineError} the package is installed but does not load; its own error is the cause
 *
 * @example
 * ```ts
 * import { importPackage } from '@pushforward/tensors';
 *
 * console.log(await importPackage('a-package-that-nobody-wrote')); // undefined
 * ```
 */
export async function importPackage(
  name: string,
  load = (name: string): Promise<unknown> =>
    import(/* @vite-ignore */ /* webpackIgnore: true */ name),
): Promise<unknown> {
  try {
    return await load(name);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (missingIn(message) === name) return undefined;
    throw new EngineError(`${name} is installed but does not load: ${message}`, { cause });
  }
}

/** Node, Vite and browsers each have their own words for a package that is not there. */
const MISSING =
  /(?:cannot find (?:package|module)|failed to (?:load url|resolve (?:import|module specifier))|specifier|module name,) ["'“]?([^"'”\s]+)/i;

/** What a message says is not there: also of a package that is installed, something it needs may be missing. */
export function missingIn(message: string): string | undefined {
  return MISSING.exec(message)?.[1];
}
