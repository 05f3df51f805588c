/** Box and Muller's transform in WebAssembly, four pairs at a time: the sums of `powers.ts` in the order of `boxMuller.ts`. */
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
/** Two pairs make one vector. Two of these are computed side by side, for either alone waits for its own results. */
const VECTORS = [0, 1];
/** Vectors of words, and of numbers in double precision. */
const NAMES = [
  ...(['pairs', 'quarters', 'exponent', 'fraction', 's'] as const),
  ...(['square', 'radius', 'sin', 'cos', 'odd'] as const),
];
const localsOf = (vector: number) =>
  Object.fromEntries(NAMES.map((name, i) => [name, 2 + NAMES.length * vector + i])) as Record<
    (typeof NAMES)[number],
    number
  >;

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

/** What becomes of one vector of pairs: step by step, the last of which puts it back. */
function stepsOf(vector: number): Code[] {
  const { pairs, quarters, exponent, fraction, s, square, radius, sin, cos, odd } =
    localsOf(vector);
  const k = larger(numbers(every(pairs, 0)), number(LEAST));
  const logUnit = add(
    times(subtract(numbers(every(exponent, 0)), number(23)), number(Math.LN2)),
    times(times(number(2), get(s)), power(ATANH, square)),
  );
  const turn = every(pairs, 1);
  const whole = shiftedUp(get(quarters), constant(QUARTER_BITS));
  const first = times(get(radius), chosen(get(cos), get(sin), get(odd)));
  const second = times(get(radius), chosen(get(sin), get(cos), get(odd)));
  const steps: [local: number, value: Code][] = [
    [pairs, and([...get(AT), ...load(16 * vector)], words(0x7fffff))],
    // f 2^e from the bits of k: those of the exponent begin at the 52nd.
    [fraction, k],
    [exponent, longDown(longDifference(get(fraction), number(LEAST_FRACTION)), constant(52))],
    [fraction, longDifference(get(fraction), longUp(get(exponent), constant(52)))],
    [s, over(subtract(get(fraction), number(1)), add(get(fraction), number(1)))],
    [square, times(get(s), get(s))],
    [radius, root(times(number(-2), logUnit))],
    [quarters, shiftedDown(sum(turn, words(2 ** (QUARTER_BITS - 1))), constant(QUARTER_BITS))],
    [s, times(number(RADIANS), numbers(difference(turn, whole)))],
    [square, times(get(s), get(s))],
    [sin, times(get(s), power(SINE, square))],
    [cos, power(COSINE, square)],
    [odd, extendedSign(difference(words(0), and(get(quarters), words(1))))],
    [s, rounded(signed(first, get(quarters)))],
    [cos, rounded(signed(second, sum(get(quarters), words(1))))],
  ];
  return [
    ...steps.map(([local, value]) => [...value, ...set(local)]),
    [...get(AT), ...pick(s, cos, [0, 4, 1, 5]), ...store(16 * vector)],
  ];
}

/** A function that overwrites so many bytes of words in memory by normal numbers, eight at a time. */
export function boxMullerVectors(): VectorFunction {
  const steps = VECTORS.map(stepsOf);
  return {
    parameters: 1,
    integers: 1,
    vectors: NAMES.length * VECTORS.length,
    body: [
      ...loop,
      ...steps[0]!.flatMap((_, i) => steps.flatMap((ofOne) => ofOne[i]!)),
      ...[...get(AT), ...constant(16 * VECTORS.length), plus, ...tee(AT)],
      ...[...get(BYTES), isLess, ...again, end],
    ],
  };
}
