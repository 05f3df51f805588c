import { INCREMENTS, MULTIPLIERS, ROUNDS } from './philoxVectors.js';
import { wordsByVectors } from './vectors.js';

const [MULTIPLIER_0, MULTIPLIER_1] = MULTIPLIERS;
const [INCREMENT_0, INCREMENT_1] = INCREMENTS;

/**
 * The high 32 bits of the 64-bit product of two unsigned words, by halves.
 *
 * No intermediate sum exceeds 32 bits: (2^16 - 1)^2 + 2^16 - 1 < 2^32. With `| 0` the engine keeps machine integers.
 */
function highWord(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const carry = (Math.imul(aLow, bHigh) + (cross & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (cross >>> 16) + (carry >>> 16)) | 0;
}

/**
 * `words` random 32-bit words: block i is Philox4x32-10 of (counter + i, key), its four words in order.
 *
 * @param key two unsigned words
 * @param counter four unsigned words, least significant first; incremented as one 128-bit number
 */
export function philox(
  key: readonly [number, number],
  counter: readonly [number, number, number, number],
  words: number,
): Uint32Array {
  const out = new Uint32Array(4 * Math.ceil(words / 4));
  if (wordsByVectors(out, key, counter)) return out.subarray(0, words);
  let n0 = counter[0] | 0;
  let n1 = counter[1] | 0;
  let n2 = counter[2] | 0;
  let n3 = counter[3] | 0;
  for (let at = 0; at < words; at += 4) {
    let c0 = n0;
    let c1 = n1;
    let c2 = n2;
    let c3 = n3;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < ROUNDS; round++) {
      const high0 = highWord(MULTIPLIER_0, c0);
      const high1 = highWord(MULTIPLIER_1, c2);
      const low0 = Math.imul(MULTIPLIER_0, c0);
      const low1 = Math.imul(MULTIPLIER_1, c2);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + INCREMENT_0) | 0;
      k1 = (k1 + INCREMENT_1) | 0;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
    n0 = (n0 + 1) | 0;
    if (n0 === 0) n1 = (n1 + 1) | 0;
    if (n0 === 0 && n1 === 0) n2 = (n2 + 1) | 0;
    if (n0 === 0 && n1 === 0 && n2 === 0) n3 = (n3 + 1) | 0;
  }
  return out.subarray(0, words);
}
