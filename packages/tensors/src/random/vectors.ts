/** Draws of many words in WebAssembly, a page of its memory at a time. */
import { boxMullerVectors } from './boxMullerVectors.js';
import { philoxVectors } from './philoxVectors.js';
import { type Instance, instantiated } from './webAssembly.js';

/** So few are there sooner without. */
const FEW = 64;

let made: { readonly instance: Instance | undefined } | undefined;

/**
 * Writes the words of the blocks from a counter on.
 *
 * @returns whether it did: it does not for few, where the first word of the counter overflows, and without WebAssembly
 */
export function wordsByVectors(
  out: Uint32Array,
  key: readonly [number, number],
  [first, ...others]: readonly [number, number, number, number],
): boolean {
  if (first + out.length >= 2 ** 32) return false;
  return inPages(out, ([fill], at, bytes) => {
    fill!(...key, first + at / 4, ...others, bytes);
  });
}

/** Replaces words by normal numbers; returns whether it did. */
export function normalsByVectors(words: Uint32Array): boolean {
  return inPages(words, ([, transform], at, bytes, page) => {
    page.set(words.subarray(at, at + bytes / 4));
    transform!(bytes);
  });
}

/** Takes what is computed in memory, page by page. */
function inPages(
  out: Uint32Array,
  compute: (functions: Instance['functions'], at: number, bytes: number, page: Uint32Array) => void,
): boolean {
  if (out.length <= FEW) return false;
  made ??= { instance: instantiated([philoxVectors(), boxMullerVectors()]) };
  if (made.instance === undefined) return false;
  const { memory, functions } = made.instance;
  const page = new Uint32Array(memory.buffer);
  for (let at = 0; at < out.length; at += page.length) {
    const count = Math.min(page.length, out.length - at);
    compute(functions, at, 4 * count, page);
    out.set(page.subarray(0, count), at);
  }
  return true;
}
