/** Standard normal numbers. Sums of powers in place of the engine's functions: the same digits everywhere, in half of the time. */

/** sqrt(-2 log u) at u = 1e-7, which stands for 0. */
const LARGEST_RADIUS = Math.sqrt(-2 * Math.log(1e-7));
/** sqrt(2) as an integer of 24 bits. */
const ROOT = Math.round(Math.SQRT2 * 2 ** 23);
const RADIANS = (2 * Math.PI) / 2 ** 23;
/** An eighth of a turn of 2^23, and the bits below a quarter. */
const [EIGHTH, QUARTER_BITS] = [2 ** 20, 21];

/**
 * Box and Muller's transform of pairs of words, whose low 23 bits are the uniforms u = k / 2^23: with r = sqrt(-2 log u1),
 * r sin(2 pi u2) and r cos(2 pi u2).
 *
 * @param words an even number of them, which are overwritten: there may be many
 */
export function normals(words: Uint32Array): Float32Array {
  // Where tests put doubles in the place of floats, there is no room for them in the words.
  const inPlace = Float32Array.BYTES_PER_ELEMENT === words.BYTES_PER_ELEMENT;
  const values = inPlace
    ? new Float32Array(words.buffer, words.byteOffset, words.length)
    : new Float32Array(words.length);
  for (let i = 0; i < words.length; i += 2) {
    const k = words[i]! & 0x7fffff;
    const radius = k === 0 ? LARGEST_RADIUS : Math.sqrt(-2 * logUnit(k));
    // Sine and cosine of what is left of the nearest quarter turns, which change places and signs.
    const turn = words[i + 1]! & 0x7fffff;
    const quarters = (turn + EIGHTH) >> QUARTER_BITS;
    const angle = RADIANS * (turn - (quarters << QUARTER_BITS));
    const square = angle * angle;
    const sin = angle * sineOver(square);
    const cos = cosine(square);
    // Without a branch, which could not be foretold.
    const odd = quarters & 1;
    values[i] = radius * (1 - (quarters & 2)) * (odd * cos + (1 - odd) * sin);
    values[i + 1] = radius * (1 - ((quarters + 1) & 2)) * (odd * sin + (1 - odd) * cos);
  }
  return values;
}

/** log(k / 2^23) of an integer 0 < k < 2^23: with k / 2^23 = f 2^e, f near 1, e log 2 + 2 atanh((f - 1) / (f + 1)). */
function logUnit(k: number): number {
  const zeros = Math.clz32(k);
  const digits = k << (zeros - 8);
  // -1 below the root of 2, else 0: f is between its halves' root and it.
  const below = (digits - ROOT) >> 31;
  const f = digits * (1 - below) * 2 ** -24;
  const s = (f - 1) / (f + 1);
  return (9 - zeros + below) * Math.LN2 + 2 * s * atanhOver(s * s);
}

/** atanh(s) / s of s^2 <= 0.03, to 16 digits. */
function atanhOver(q: number): number {
  const small = 1 / 11 + q * (1 / 13 + q * (1 / 15 + q * (1 / 17 + q / 19)));
  return 1 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * (1 / 9 + q * small))));
}

/** sin(a) / a of a^2, |a| <= pi / 4, to 15 digits. */
function sineOver(q: number): number {
  const small = 1 / 362880 - q * (1 / 39916800 - q * (1 / 6227020800 - q / 1307674368000));
  return 1 - q * (1 / 6 - q * (1 / 120 - q * (1 / 5040 - q * small)));
}

/** cos(a) of a^2, |a| <= pi / 4, to 14 digits. */
function cosine(q: number): number {
  const small = 1 / 40320 - q * (1 / 3628800 - q * (1 / 479001600 - q / 87178291200));
  return 1 - q * (1 / 2 - q * (1 / 24 - q * (1 / 720 - q * small)));
}
