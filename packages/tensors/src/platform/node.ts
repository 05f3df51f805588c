import { availableParallelism } from 'node:os';
import util from 'node:util';

export { fileHandler } from '../io/files.js';

/** Whether TensorFlow's native add-ons can be loaded, and WebAssembly finds its files by itself. */
export const isNode: boolean = true;

/** The value of an environment variable; undefined in a browser. */
export function environment(name: string): string | undefined {
  return process.env[name];
}

/** How many threads the machine runs at once. */
export function cores(): number {
  return availableParallelism();
}

/**
 * Gives the native add-on the function that it calls and Node 23 removed (tensorflow/tfjs issue 8609), and has it keep
 * its remarks, a dozen lines a program, to itself; warnings stay.
 */
export function prepareAddOn(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

/**
 * Puts WebGPU where a browser has it, from the npm package `webgpu`.
 *
 * @param load imports a package by name
 */
export async function provideWebGPU(load: (name: string) => Promise<unknown>): Promise<void> {
  if ((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu !== undefined) return;
  const { create, globals } = (await load('webgpu')) as {
    create: (options: string[]) => object;
    globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = { value: create([]), configurable: true };
  if ('navigator' in globalThis) Object.defineProperty(globalThis.navigator, 'gpu', gpu);
  else
    Object.defineProperty(globalThis, 'navigator', {
      value: Object.defineProperty({}, 'gpu', gpu),
      configurable: true,
    });
}
