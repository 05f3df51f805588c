/** WebAssembly with vectors of 16 bytes, as far as draws need it: instructions as bytes, a module, and what it exports. */

const [INTEGER, VECTOR] = [0x7f, 0x7b] as const;

export const get = (local: number) => [0x20, local];
export const set = (local: number) => [0x21, local];
export const tee = (local: number) => [0x22, local];
/** Of a number below 2^13. */
export const constant = (value: number) => [0x41, (value & 127) | 128, value >> 7];
export const [plus, minus, isLess] = [0x6a, 0x6b, 0x49] as const;
export const [loop, again, end] = [[0x03, 0x40], [0x0d, 0], 0x0b] as const;
/** An instruction on vectors, with what it is told. */
export const simd = (operation: number, ...rest: number[]) =>
  operation < 128 ? [0xfd, operation, ...rest] : [0xfd, operation, 1, ...rest];
/** So many bytes, below 128, behind an address. */
export const load = (offset: number) => simd(0x00, 0, offset);
export const store = (offset: number) => simd(0x0b, 0, offset);
export const xor = simd(0x51);
/** Four words, each its own or all the same. */
export const words = (...values: number[]) =>
  simd(
    0x0c,
    ...new Uint8Array(Uint32Array.from({ length: 4 }, (_, i) => values[i % values.length]!).buffer),
  );
/** Four of the eight words of two vectors. */
export const pick = (a: number, b: number, places: readonly number[]) => [
  ...get(a),
  ...get(b),
  ...simd(0x0d, ...places.flatMap((place) => [0, 1, 2, 3].map((byte) => 4 * place + byte))),
];

/** A function of so many integers without a result. */
export interface VectorFunction {
  readonly parameters: number;
  /** Its own integers, then its own vectors, behind the parameters. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: readonly number[];
}

/** A module's memory, and its functions in order. */
export interface Instance {
  readonly memory: WebAssembly.Memory;
  readonly functions: readonly ((...integers: number[]) => void)[];
}

/** Undefined where WebAssembly is forbidden, as pages may, or has no vectors. */
export function instantiated(functions: readonly VectorFunction[]): Instance | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(functions)));
    const { memory, ...made } = exports as { memory: WebAssembly.Memory } & Record<
      string,
      Instance['functions'][number]
    >;
    return { memory, functions: functions.map((_, i) => made[`f${i}`]!) };
  } catch {
    return undefined;
  }
}

/** The bytes of a module with one page of memory. */
function moduleOf(functions: readonly VectorFunction[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      functions.map(({ parameters }) => [
        ...[0x60, parameters],
        ...Array<number>(parameters).fill(INTEGER),
        0,
      ]),
    ),
    ...section(
      3,
      functions.map((_, i) => [i]),
    ),
    ...section(5, [[0, 1]]),
    ...section(7, [
      [...name('memory'), 2, 0],
      ...functions.map((_, i) => [...name(`f${i}`), 0, i]),
    ]),
    ...section(
      10,
      functions.map(({ integers, vectors, body }) =>
        sized([2, integers, INTEGER, vectors, VECTOR, ...body, end]),
      ),
    ),
  ]);
}

const section = (id: number, items: readonly (readonly number[])[]) => [
  id,
  ...sized([items.length, ...items.flat()]),
];
/** Behind its length, which is below 2^14. */
const sized = (bytes: readonly number[]) => [
  (bytes.length & 127) | 128,
  bytes.length >> 7,
  ...bytes,
];
const name = (text: string) => [text.length, ...Array.from(text, (c) => c.charCodeAt(0))];
