/** Philox in WebAssembly, which has products of 64 bits and takes four blocks at a time. */
import {
  again,
  constant,
  end,
  get,
  isLess,
  loop,
  minus,
  pick,
  plus,
  set,
  simd,
  store,
  tee,
  type VectorFunction,
  words,
  xor,
} from './webAssembly.js';

/** Multipliers and Weyl increments of Philox4x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). */
export const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
export const INCREMENTS = [0x9e3779b9, 0xbb67ae85] as const;
export const ROUNDS = 10;

/** Bytes of the words of four blocks. */
const GROUP = 64;

/** Integers: the key, the counter, bytes to write, and those written; the number of rounds left. */
const [KEY, COUNTER, BYTES, AT, ROUND] = [0, 2, 6, 7, 8] as const;
/** Vectors: the first word of the counters, the four of the blocks, the keys of the round, and four more. */
const [FIRST, C, K, T] = [9, 10, 14, 16] as const;

const [splat, add] = [simd(0x11), simd(0xae)] as const;
/** 64 bits of the products of the first two words of vectors, and of the last two. */
const [productsOfFirst, productsOfLast] = [simd(0xde), simd(0xdf)] as const;
const [LOW, HIGH] = [
  [0, 2, 4, 6],
  [1, 3, 5, 7],
];

/**
 * A function that writes the words of the blocks from a counter on into memory, whole groups of four; the first word of
 * the counter must not overflow.
 */
export function philoxVectors(): VectorFunction {
  const round = [
    ...[0, 1].flatMap((half) =>
      [productsOfFirst, productsOfLast].flatMap((products, i) => [
        ...[...get(C + 2 * half), ...words(MULTIPLIERS[half]!), ...products],
        ...set(T + 2 * half + i),
      ]),
    ),
    ...[...pick(T + 2, T + 3, HIGH), ...get(C + 1), ...xor, ...get(K), ...xor, ...set(C)],
    ...[...pick(T + 2, T + 3, LOW), ...set(C + 1)],
    ...[...pick(T, T + 1, HIGH), ...get(C + 3), ...xor, ...get(K + 1), ...xor, ...set(C + 2)],
    ...[...pick(T, T + 1, LOW), ...set(C + 3)],
    ...[0, 1].flatMap((i) => [...get(K + i), ...words(INCREMENTS[i]!), ...add, ...set(K + i)]),
  ];
  // From words of one place to words of one block.
  const transposed = [
    ...[0, 2].flatMap((pair) => [
      ...[...pick(C + pair, C + pair + 1, [0, 4, 1, 5]), ...set(T + pair)],
      ...[...pick(C + pair, C + pair + 1, [2, 6, 3, 7]), ...set(T + pair + 1)],
    ]),
    ...[0, 1, 2, 3].flatMap((block) => {
      const [a, b] = [T + (block >> 1), T + 2 + (block >> 1)];
      const places = block % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7];
      return [...get(AT), ...pick(a, b, places), ...store(16 * block)];
    }),
  ];
  return {
    parameters: 7,
    integers: 2,
    vectors: 11,
    body: [
      ...[...get(COUNTER), ...splat, ...words(0, 1, 2, 3), ...add, ...set(FIRST)],
      ...loop,
      ...[...get(FIRST), ...set(C), ...get(FIRST), ...words(4), ...add, ...set(FIRST)],
      ...[1, 2, 3].flatMap((i) => [...get(COUNTER + i), ...splat, ...set(C + i)]),
      ...[0, 1].flatMap((i) => [...get(KEY + i), ...splat, ...set(K + i)]),
      ...[...constant(ROUNDS), ...set(ROUND)],
      ...[...loop, ...round, ...get(ROUND), ...constant(1), minus, ...tee(ROUND), ...again, end],
      ...transposed,
      ...[...get(AT), ...constant(GROUP), plus, ...tee(AT), ...get(BYTES), isLess, ...again, end],
    ],
  };
}
