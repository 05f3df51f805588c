/** The inner loop of matrix products, in WebAssembly instructions. */
import { unsigned } from './encoding.js';
import {
  add,
  again,
  and,
  constant,
  end,
  FLOAT,
  get,
  giveBack,
  INTEGER,
  isAtLeast,
  isZero,
  load,
  loadSplat,
  loop,
  minus,
  multiply,
  multiplyAdd,
  NUMBER,
  plus,
  set,
  simd,
  splat,
  store,
  tee,
  times,
  VECTOR,
  VECTORS,
  when,
} from './instructions.js';

/** Its arguments in order: addresses of A, B and C, their sizes, strides of A and C in numbers, and a factor. */
const [A, B, C, K, ROWS, COLUMNS, STRIDE_A, STRIDE_C, ALPHA] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;

/** Codes of the arguments' types, and of the result's. */
export const SIGNATURE = `${[...Array<number>(8).fill(INTEGER), FLOAT].join()} ${INTEGER}`;

/** Vectors in a row of a panel of B, and rows of A that are multiplied at once. */
const WIDTH = 4;
const HEIGHT = 2;

/** Numbers of the locals that the loop needs beyond the function's own. */
const integers = 3;
const vectors = WIDTH * HEIGHT + WIDTH + 1;

/** How the two groups of locals are declared. */
export const locals = [...unsigned(integers), INTEGER, ...unsigned(vectors), VECTORS];

const zero = simd(0x0c, ...Array<number>(VECTOR).fill(0));

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const advanced = (pointer: number, bytes: readonly number[]) => [
  ...get(pointer),
  ...bytes,
  ...plus,
  ...set(pointer),
];

/**
 * C = alpha A B, or C + alpha A B, for two rows and as many whole panels of 16 columns as there are; then returns if
 * nothing is left, else goes on to what follows with the columns that are.
 *
 * One step of the sum at a time keeps 13 vectors alive, where a processor has registers for 16.
 *
 * @param first the number of the first local of the loop's own
 * @param accumulates whether it adds to C
 * @param fuses whether there is an instruction that multiplies and adds
 */
export function productLoop(first: number, accumulates: boolean, fuses: boolean): number[] {
  const [rest, ...rows] = range(integers).map((i) => first + i) as [number, number, number];
  const [factor, ...others] = range(vectors).map((i) => first + integers + i) as [number];
  const panel = others.slice(0, WIDTH);
  const sums = rows.map((_, row) => others.slice(WIDTH * (row + 1), WIDTH * (row + 2)));
  const strideC = [...get(STRIDE_C), ...constant(NUMBER), ...times];

  const step = [
    ...panel.flatMap((vector, i) => [...get(B), ...load(i * VECTOR), ...set(vector)]),
    ...rows.flatMap((row, r) => [
      ...get(row),
      ...loadSplat,
      ...set(factor),
      ...sums[r]!.flatMap((sum, i) =>
        fuses
          ? [...get(factor), ...get(panel[i]!), ...get(sum), ...multiplyAdd, ...set(sum)]
          : [...get(sum), ...get(factor), ...get(panel[i]!), ...multiply, ...add, ...set(sum)],
      ),
      ...advanced(row, constant(NUMBER)),
    ]),
    ...advanced(B, constant(WIDTH * VECTOR)),
  ];
  const written = sums.flatMap((row, r) =>
    row.flatMap((sum, i) => {
      const address = r === 0 ? get(C) : [...get(C), ...strideC, ...plus];
      const old = accumulates ? [...address, ...load(i * VECTOR), ...add] : [];
      return [
        ...address,
        ...[...get(sum), ...get(factor), ...multiply, ...old],
        ...store(i * VECTOR),
      ];
    }),
  );
  return [
    ...[...get(ROWS), ...constant(HEIGHT), ...isAtLeast],
    ...[...get(COLUMNS), ...constant(WIDTH * 4), ...isAtLeast, ...and],
    ...[...get(K), ...constant(1), ...isAtLeast, ...and],
    ...when,
    ...loop,
    ...sums.flat().flatMap((sum) => [...zero, ...set(sum)]),
    ...rows.flatMap((row, r) => [
      ...get(A),
      ...(r === 0 ? [] : [...get(STRIDE_A), ...constant(NUMBER), ...times, ...plus]),
      ...set(row),
    ]),
    ...[...get(K), ...set(rest)],
    ...[...loop, ...step, ...get(rest), ...constant(1), ...minus, ...tee(rest), ...again, ...end],
    ...[...get(ALPHA), ...splat, ...set(factor)],
    ...written,
    ...advanced(C, constant(WIDTH * VECTOR)),
    ...[...get(COLUMNS), ...constant(WIDTH * 4), ...minus, ...tee(COLUMNS)],
    ...[...constant(WIDTH * 4), ...isAtLeast, ...again, ...end],
    ...[...get(COLUMNS), ...isZero, ...when, ...constant(HEIGHT), ...giveBack, ...end],
    ...end,
  ];
}
