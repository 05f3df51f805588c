/** Standard normal numbers. */
import {
  ATANH,
  COSINE,
  LEAST,
  LEAST_FRACTION,
  power,
  QUARTER_BITS,
  RADIANS,
  SINE,
} from './powers.js';
import { normalsByVectors } from './vectors.js';

/**
 * Box and Muller's transform of pairs of words, whose low 23 bits are the uniforms u = k / 2^23: r sin(2 pi u2) and
 * r cos(2 pi u2) with r = sqrt(-2 log u1).
 *
 * @param words an even number of them, which are overwritten: there may be many
 */
export function normals(words: Uint32Array): Float32Array {
  // Where tests put doubles in the place of floats, there is no room for them in the words.
  const inPlace = Float32Array.BYTES_PER_ELEMENT === words.BYTES_PER_ELEMENT;
  const values = inPlace
    ? new Float32Array(words.buffer, words.byteOffset, words.length)
    : new Float32Array(words.length);
  if (inPlace && normalsByVectors(words)) return values;
  for (let i = 0; i < words.length; i += 2) {
    const radius = Math.sqrt(-2 * logUnit(words[i]! & 0x7fffff || LEAST));
    // Sine and cosine of what is left of the nearest quarter turns, which change places and signs.
    const turn = words[i + 1]! & 0x7fffff;
    const quarters = (turn + 2 ** (QUARTER_BITS - 1)) >> QUARTER_BITS;
    const angle = RADIANS * (turn - (quarters << QUARTER_BITS));
    const [sin, cos] = [angle * power(SINE, angle * angle), power(COSINE, angle * angle)];
    const isOdd = quarters % 2 === 1;
    values[i] = radius * ((quarters & 2) === 0 ? 1 : -1) * (isOdd ? cos : sin);
    values[i + 1] = radius * (((quarters + 1) & 2) === 0 ? 1 : -1) * (isOdd ? sin : cos);
  }
  return values;
}

/** log(k / 2^23) with k = f 2^e: (e - 23) log 2 + 2 atanh((f - 1) / (f + 1)). */
function logUnit(k: number): number {
  let [f, e] = [k, 0];
  for (; f >= 2 * LEAST_FRACTION; e++) f /= 2;
  const s = (f - 1) / (f + 1);
  return (e - 23) * Math.LN2 + 2 * s * power(ATANH, s * s);
}
