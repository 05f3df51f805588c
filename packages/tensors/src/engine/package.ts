/** How the reason ends where a package is missing. */
export const notInstalled = 'is not installed';

/**
 * Imports an optional package, or throws the reason why not.
 *
 * @param name is no literal in the import, so that bundlers do not look for it
 */
export async function importPackage(name: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch (cause) {
    // Node, Vite and browsers each have their own words for a package that is not there.
    const { message } = cause as Error;
    const missing =
      /cannot find|(could not|failed to) (load|resolve)/i.test(message) && message.includes(name);
    throw new Error(missing ? `${name} ${notInstalled}` : message, { cause });
  }
}
