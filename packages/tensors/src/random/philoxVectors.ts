/** Philox in WebAssembly, which has products of 64 bits and takes eight blocks at a time. */
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

/** Four blocks make one group. Two of these are computed side by side, for either alone waits for its own results. */
const GROUPS = [0, 1];
/** Bytes of the words of a group. */
const GROUP = 64;

/** Integers: the key, the counter, bytes to write, and those written; the number of rounds left. */
const [KEY, COUNTER, BYTES, AT, ROUND] = [0, 2, 6, 7, 8] as const;
/** Vectors: the first word of the next counters, and the keys of the round. */
const [FIRST, K] = [9, 10] as const;
/** Of each group: four with the words of its blocks, and four more. */
const wordsOf = (group: number) => [12 + 8 * group, 16 + 8 * group] as const;

const [splat, add] = [simd(0x11), simd(0xae)] as const;
/** 64 bits of the products of the first two words of vectors, and of the last two. */
const [productsOfFirst, productsOfLast] = [simd(0xde), simd(0xdf)] as const;
const [LOW, HIGH] = [
  [0, 2, 4, 6],
  [1, 3, 5, 7],
];

/** The counters that come next. */
function countersOf(group: number): number[] {
  const [C] = wordsOf(group);
  return [
    ...[...get(FIRST), ...set(C), ...get(FIRST), ...words(4), ...add, ...set(FIRST)],
    ...[1, 2, 3].flatMap((i) => [...get(COUNTER + i), ...splat, ...set(C + i)]),
  ];
}

/** Products of the words, and what they make of these. */
function roundOf(group: number): [products: number[], mixed: number[]] {
  const [C, T] = wordsOf(group);
  return [
    [0, 1].flatMap((half) =>
      [productsOfFirst, productsOfLast].flatMap((products, i) => [
        ...[...get(C + 2 * half), ...words(MULTIPLIERS[half]!), ...products],
        ...set(T + 2 * half + i),
      ]),
    ),
    [
      ...[...pick(T + 2, T + 3, HIGH), ...get(C + 1), ...xor, ...get(K), ...xor, ...set(C)],
      ...[...pick(T + 2, T + 3, LOW), ...set(C + 1)],
      ...[...pick(T, T + 1, HIGH), ...get(C + 3), ...xor, ...get(K + 1), ...xor, ...set(C + 2)],
      ...[...pick(T, T + 1, LOW), ...set(C + 3)],
    ],
  ];
}

/** From words of one place to words of one block, into memory. */
function written(group: number): number[] {
  const [C, T] = wordsOf(group);
  return [
    ...[0, 2].flatMap((pair) => [
      ...[...pick(C + pair, C + pair + 1, [0, 4, 1, 5]), ...set(T + pair)],
      ...[...pick(C + pair, C + pair + 1, [2, 6, 3, 7]), ...set(T + pair + 1)],
    ]),
    ...[0, 1, 2, 3].flatMap((block) => {
      const [a, b] = [T + (block >> 1), T + 2 + (block >> 1)];
      const places = block % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7];
      return [...get(AT), ...pick(a, b, places), ...store(GROUP * group + 16 * block)];
    }),
  ];
}

/**
 * A function that writes the words of the blocks from a counter on into memory, whole groups of them; the first word of
 * the counter must not overflow.
 */
export function philoxVectors(): VectorFunction {
  const rounds = GROUPS.map(roundOf);
  const round = [
    ...[0, 1].flatMap((part) => rounds.flatMap((ofOne) => ofOne[part]!)),
    ...[0, 1].flatMap((i) => [...get(K + i), ...words(INCREMENTS[i]!), ...add, ...set(K + i)]),
  ];
  return {
    parameters: 7,
    integers: 2,
    vectors: 3 + 8 * GROUPS.length,
    body: [
      ...[...get(COUNTER), ...splat, ...words(0, 1, 2, 3), ...add, ...set(FIRST)],
      ...loop,
      ...GROUPS.flatMap(countersOf),
      ...[0, 1].flatMap((i) => [...get(KEY + i), ...splat, ...set(K + i)]),
      ...[...constant(ROUNDS), ...set(ROUND)],
      ...[...loop, ...round, ...get(ROUND), ...constant(1), minus, ...tee(ROUND), ...again, end],
      ...GROUPS.flatMap(written),
      ...[...get(AT), ...constant(GROUP * GROUPS.length), plus, ...tee(AT)],
      ...[...get(BYTES), isLess, ...again, end],
    ],
  };
}
