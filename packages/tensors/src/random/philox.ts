/** Multipliers and Weyl increments of Philox4x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The high 32 bits of the 64-bit product of two unsigned words, by halves. */
function highWord(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const cross = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (cross & 0xffff) + aLow * bHigh;
  return aHigh * bHigh + Math.floor(cross / 0x10000) + Math.floor(carry / 0x10000);
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
  let [n0, n1, n2, n3] = counter;
  for (let at = 0; at < words; at += 4) {
    let c0 = n0;
    let c1 = n1;
    let c2 = n2;
    let c3 = n3;
    let [k0, k1] = key;
    for (let round = 0; round < ROUNDS; round++) {
      const high0 = highWord(MULTIPLIER_0, c0);
      const high1 = highWord(MULTIPLIER_1, c2);
      const low0 = Math.imul(MULTIPLIER_0, c0);
      const low1 = Math.imul(MULTIPLIER_1, c2);
      c0 = (high1 ^ c1 ^ k0) >>> 0;
      c1 = low1 >>> 0;
      c2 = (high0 ^ c3 ^ k1) >>> 0;
      c3 = low0 >>> 0;
      k0 = (k0 + WEYL_0) >>> 0;
      k1 = (k1 + WEYL_1) >>> 0;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
    n0 = (n0 + 1) >>> 0;
    if (n0 === 0) n1 = (n1 + 1) >>> 0;
    if (n0 === 0 && n1 === 0) n2 = (n2 + 1) >>> 0;
    if (n0 === 0 && n1 === 0 && n2 === 0) n3 = (n3 + 1) >>> 0;
  }
  return out.subarray(0, words);
}
