import { type CompileOptions, compile } from '@pushforward/compile';
import type { Tensor } from '@pushforward/tensors';

/** A function of tensors that is awaited, and freed after its last call. */
export interface Runnable<Args extends readonly unknown[]> {
  (...args: Args): Promise<Tensor>;
  dispose(): void;
}

/** The function as a program, or run as it is where `options` is false. */
export function runnable<Args extends readonly unknown[]>(
  fn: (...args: Args) => Tensor,
  options: boolean | CompileOptions,
): Runnable<Args> {
  if (options !== false) return compile(fn, options === true ? {} : options);
  return Object.assign((...args: Args) => Promise.resolve(fn(...args)), { dispose: () => {} });
}
