/** Philox in WebAssembly, which has products of 64 bits and takes four blocks at a time. */

/** Writes so many bytes of random words for a key, from a counter on, into its memory; the arguments are words. */
type Fill = (
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  bytes: number,
) => void;

/** Parameters of the round and its number. */
export interface Rounds {
  readonly multipliers: readonly [number, number];
  readonly increments: readonly [number, number];
  readonly count: number;
}

/** Words of the four blocks that are computed at once. */
export const GROUP = 16;

/** Fills an array of whole groups with the words of the blocks from a counter on, whose first word does not overflow. */
export type FillWords = (
  out: Uint32Array,
  key: readonly [number, number],
  counter: readonly [number, number, number, number],
) => void;

/** Undefined where WebAssembly is forbidden, as pages may, or has no vectors. */
export function vectorPhilox(rounds: Rounds): FillWords | undefined {
  const made = instantiated(program(rounds));
  if (made === undefined) return undefined;
  const [fill, memory] = made;
  const words = new Uint32Array(memory.buffer);
  return (out, [key0, key1], [counter0, ...counters]) => {
    for (let at = 0; at < out.length; at += words.length) {
      const count = Math.min(words.length, out.length - at);
      fill(key0, key1, counter0 + at / 4, ...counters, 4 * count);
      out.set(count < words.length ? words.subarray(0, count) : words, at);
    }
  };
}

function instantiated(bytes: Uint8Array<ArrayBuffer>): [Fill, WebAssembly.Memory] | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const { fill, memory } = exports as { fill: Fill; memory: WebAssembly.Memory };
    return [fill, memory];
  } catch {
    return undefined;
  }
}

const [INTEGER, VECTOR, FUNCTION] = [0x7f, 0x7b, 0x60] as const;
const [KEY, COUNTER, BYTES, AT, ROUND] = [0, 2, 6, 7, 8] as const;
/** Vectors: the first word of the counters, the four of the blocks, the keys of the round, and four more. */
const [FIRST, C, K, T] = [9, 10, 14, 16] as const;
const PARAMETERS = 7;
const [INTEGERS, VECTORS] = [2, 11] as const;

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const tee = (local: number) => [0x22, local];
/** Of a number below 2^13. */
const constant = (value: number) => [0x41, (value & 127) | 128, value >> 7];
const [plus, minus, isLess] = [0x6a, 0x6b, 0x49] as const;
const [loop, again, end] = [[0x03, 0x40], [0x0d, 0], 0x0b] as const;
const simd = (operation: number, ...rest: number[]) =>
  operation < 128 ? [0xfd, operation, ...rest] : [0xfd, operation, 1, ...rest];
const [splat, xor, add] = [simd(0x11), simd(0x51), simd(0xae)] as const;
const [productsOfFirst, productsOfLast] = [simd(0xde), simd(0xdf)] as const;
const store = (offset: number) => simd(0x0b, 0, offset);
const vector = (words: readonly number[]) =>
  simd(0x0c, ...new Uint8Array(Uint32Array.from(words).buffer));
const same = (word: number) => vector([word, word, word, word]);
/** Four of the eight words of two vectors. */
const pick = (a: number, b: number, words: readonly number[]) => [
  ...get(a),
  ...get(b),
  ...simd(0x0d, ...words.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte))),
];
const [LOW, HIGH] = [
  [0, 2, 4, 6],
  [1, 3, 5, 7],
];

/** The bytes of a module with the function `fill` and its memory. */
function program({ multipliers, increments, count }: Rounds): Uint8Array<ArrayBuffer> {
  const round = [
    ...[0, 1].flatMap((half) =>
      [productsOfFirst, productsOfLast].flatMap((products, i) => [
        ...[...get(C + 2 * half), ...same(multipliers[half]!), ...products],
        ...set(T + 2 * half + i),
      ]),
    ),
    ...[...pick(T + 2, T + 3, HIGH), ...get(C + 1), ...xor, ...get(K), ...xor, ...set(C)],
    ...[...pick(T + 2, T + 3, LOW), ...set(C + 1)],
    ...[...pick(T, T + 1, HIGH), ...get(C + 3), ...xor, ...get(K + 1), ...xor, ...set(C + 2)],
    ...[...pick(T, T + 1, LOW), ...set(C + 3)],
    ...[0, 1].flatMap((i) => [...get(K + i), ...same(increments[i]!), ...add, ...set(K + i)]),
  ];
  // From words of one place to words of one block.
  const transposed = [
    ...[0, 2].flatMap((pair) => [
      ...[...pick(C + pair, C + pair + 1, [0, 4, 1, 5]), ...set(T + pair)],
      ...[...pick(C + pair, C + pair + 1, [2, 6, 3, 7]), ...set(T + pair + 1)],
    ]),
    ...[0, 1, 2, 3].flatMap((block) => [
      ...get(AT),
      ...pick(
        T + (block >> 1),
        T + 2 + (block >> 1),
        block % 2 === 0 ? [0, 1, 4, 5] : [2, 3, 6, 7],
      ),
      ...store(GROUP * block),
    ]),
  ];
  const body = [
    ...[2, INTEGERS, INTEGER, VECTORS, VECTOR],
    ...[...get(COUNTER), ...splat, ...vector([0, 1, 2, 3]), ...add, ...set(FIRST)],
    ...loop,
    ...[...get(FIRST), ...set(C), ...get(FIRST), ...same(4), ...add, ...set(FIRST)],
    ...[1, 2, 3].flatMap((i) => [...get(COUNTER + i), ...splat, ...set(C + i)]),
    ...[0, 1].flatMap((i) => [...get(KEY + i), ...splat, ...set(K + i)]),
    ...[...constant(count), ...set(ROUND)],
    ...[...loop, ...round, ...get(ROUND), ...constant(1), minus, ...tee(ROUND), ...again, end],
    ...transposed,
    ...[...get(AT), ...constant(4 * GROUP), plus, ...tee(AT)],
    ...[...get(BYTES), isLess, ...again, end],
    end,
  ];
  const parameters = Array<number>(PARAMETERS).fill(INTEGER);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, FUNCTION, PARAMETERS, ...parameters, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('fill'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...sized(body)]),
  ]);
}

const section = (id: number, content: readonly number[]) => [id, ...sized(content)];
/** Behind its length, which is below 2^14. */
const sized = (bytes: readonly number[]) => [
  (bytes.length & 127) | 128,
  bytes.length >> 7,
  ...bytes,
];
const name = (text: string) => [text.length, ...Array.from(text, (c) => c.charCodeAt(0))];
