/** Box and Muller's transform in WebAssembly, two pairs at a time: the sums of `powers.ts` in the order of `boxMuller.ts`. */
import { ATANH, COSINE, LEAST, LEAST_FRACTION, QUARTER_BITS, RADIANS, SINE } from './powers.js';
import {
  again,
  constant,
  end,
  get,
  isLess,
  load,
  loop,
  pick,
  plus,
  set,
  simd,
  store,
  tee,
  type VectorFunction,
  words,
} from './webAssembly.js';

type Code = readonly number[];

const [BYTES, AT] = [0, 1] as const;
/** Vectors of words, and of numbers in double precision. */
const [PAIRS, QUARTERS, EXPONENT, FRACTION, S, SQUARE, RADIUS, SIN, COS, ODD] = [
  2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
] as const;

const one = (operation: number) => (a: Code) => [...a, ...simd(operation)];
const two = (operation: number) => (a: Code, b: Code) => [...a, ...b, ...simd(operation)];
const [and, xor] = [two(0x4e), two(0x51)];
const chosen = (a: Code, b: Code, mask: Code) => [...a, ...b, ...mask, ...simd(0x52)];
/** On words. */
const [shiftedDown, sum, difference] = [two(0xad), two(0xae), two(0xb1)];
const shiftedUp = two(0xab);
/** On pairs of 64 bits. */
const [longUp, longDown, longDifference] = [two(0xcb), two(0xcd), two(0xd1)];
const [extended, extendedSign] = [one(0xc9), one(0xc7)];
/** On pairs of numbers. */
const [add, subtract, times, over] = [two(0xf0), two(0xf1), two(0xf2), two(0xf3)];
const [root, larger] = [one(0xef), two(0xf5)];
const [numbers, rounded] = [one(0xfe), one(0x5e)];

const bitsOf = (value: number) => new Uint32Array(Float64Array.of(value).buffer);
const number = (value: number) => words(...bitsOf(value));
const power = (coefficients: readonly number[], x: number) =>
  coefficients.map(number).reduceRight((sum, coefficient) => add(times(sum, get(x)), coefficient));
/** The first or the second words of pairs, as the first two. */
const every = (vector: number, from: 0 | 1) =>
  pick(vector, vector, [from, from + 2, from, from + 2]);
/** The sign of a turn by quarters, from the second bit of their number. */
const signed = (value: Code, quarters: Code) =>
  xor(value, longUp(extended(and(quarters, words(2))), constant(62)));

/** A function that overwrites so many bytes of words in memory by normal numbers, four at a time. */
export function boxMullerVectors(): VectorFunction {
  const k = larger(numbers(every(PAIRS, 0)), number(LEAST));
  const logUnit = add(
    times(subtract(numbers(every(EXPONENT, 0)), number(23)), number(Math.LN2)),
    times(times(number(2), get(S)), power(ATANH, SQUARE)),
  );
  const turn = every(PAIRS, 1);
  const whole = shiftedUp(get(QUARTERS), constant(QUARTER_BITS));
  const sin = chosen(get(COS), get(SIN), get(ODD));
  const cos = chosen(get(SIN), get(COS), get(ODD));
  const steps: [local: number, value: Code][] = [
    [PAIRS, and([...get(AT), ...load], words(0x7fffff))],
    // f 2^e from the bits of k: those of the exponent begin at the 52nd.
    [FRACTION, k],
    [EXPONENT, longDown(longDifference(get(FRACTION), number(LEAST_FRACTION)), constant(52))],
    [FRACTION, longDifference(get(FRACTION), longUp(get(EXPONENT), constant(52)))],
    [S, over(subtract(get(FRACTION), number(1)), add(get(FRACTION), number(1)))],
    [SQUARE, times(get(S), get(S))],
    [RADIUS, root(times(number(-2), logUnit))],
    [QUARTERS, shiftedDown(sum(turn, words(2 ** (QUARTER_BITS - 1))), constant(QUARTER_BITS))],
    [S, times(number(RADIANS), numbers(difference(turn, whole)))],
    [SQUARE, times(get(S), get(S))],
    [SIN, times(get(S), power(SINE, SQUARE))],
    [COS, power(COSINE, SQUARE)],
    [ODD, extendedSign(difference(words(0), and(get(QUARTERS), words(1))))],
    [S, rounded(signed(times(get(RADIUS), sin), get(QUARTERS)))],
    [COS, rounded(signed(times(get(RADIUS), cos), sum(get(QUARTERS), words(1))))],
  ];
  return {
    parameters: 1,
    integers: 1,
    vectors: 10,
    body: [
      ...loop,
      ...steps.flatMap(([local, value]) => [...value, ...set(local)]),
      ...[...get(AT), ...pick(S, COS, [0, 4, 1, 5]), ...store(0)],
      ...[...get(AT), ...constant(16), plus, ...tee(AT), ...get(BYTES), isLess, ...again, end],
    ],
  };
}
