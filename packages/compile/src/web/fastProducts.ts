import { joined, Reader, unsigned } from './encoding.js';
import { add, end, get, multiply, multiplyAdd, VECTORS } from './instructions.js';
import { CODE, FUNCTION, FUNCTIONS, HEADER, TYPES } from './module.js';
import { locals, productLoop, SIGNATURE } from './productLoop.js';

/** So many multiplications with an addition are found in the two functions sought, which take one row or two, by one step or two. */
const PAIRS = 36;

/**
 * The WebAssembly file of ONNX Runtime with a faster loop for matrix products put into it.
 *
 * The loop that the file comes with takes two steps at once, for which processors lack registers; one step at a time,
 * with fused multiplication and addition where the browser has it, takes little more than half the time.
 *
 * @param file such as `ort-wasm-simd-threaded.wasm`
 * @returns a file to be handed over as `ort.env.wasm.wasmBinary`; the same bytes where the loop is not found
 *
 * @example
 * ```js
 * // In a page that is built by Vite.
 * import { useRuntime, withFastProducts } from '@pushforward/compile';
 * import * as ort from 'onnxruntime-web/wasm';
 * import address from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
 *
 * const file = await (await fetch(address)).arrayBuffer();
 * ort.env.wasm.wasmBinary = withFastProducts(new Uint8Array(file));
 * useRuntime(ort);
 * ```
 */
export function withFastProducts(file: Uint8Array): Uint8Array<ArrayBuffer> {
  const reader = new Reader(file, HEADER.length);
  const parts: Uint8Array[] = [file.subarray(0, HEADER.length)];
  let types: FunctionType[] = [];
  let typeOf: number[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const section = reader.take(reader.unsigned());
    if (id === TYPES) types = listed(section, functionType);
    if (id === FUNCTIONS) typeOf = listed(section, (reader) => reader.unsigned());
    const now = id === CODE ? rewritten(section, (i) => types[typeOf[i]!]!) : section;
    parts.push(Uint8Array.of(id, ...unsigned(now.length)), now);
  }
  return joined(parts);
}

interface FunctionType {
  readonly parameters: number;
  /** Codes of the parameters, and of the results. */
  readonly signature: string;
}

function functionType(reader: Reader): FunctionType {
  reader.byte();
  const parameters = reader.take(reader.unsigned());
  const results = reader.take(reader.unsigned());
  return {
    parameters: parameters.length,
    signature: `${parameters.join()} ${results.join()}`,
  };
}

function listed<Item>(section: Uint8Array, item: (reader: Reader) => Item): Item[] {
  const reader = new Reader(section);
  return Array.from({ length: reader.unsigned() }, () => item(reader));
}

/** The code section with the loop put before what the functions sought did so far. */
function rewritten(section: Uint8Array, typeOf: (index: number) => FunctionType): Uint8Array {
  const fuses = hasFusedMultiplyAdd();
  const reader = new Reader(section);
  const count = reader.unsigned();
  const parts: Uint8Array[] = [Uint8Array.from(unsigned(count))];
  for (let index = 0; index < count; index++) {
    const start = reader.at;
    const body = reader.take(reader.unsigned());
    const type = typeOf(index);
    const isSought =
      type.signature === SIGNATURE && occurrences(body, [...multiply, ...add]) === PAIRS;
    if (!isSought) {
      parts.push(section.subarray(start, reader.at));
      continue;
    }
    const now = withLoop(body, type.parameters, fuses);
    parts.push(Uint8Array.from(unsigned(now.length)), now);
  }
  return joined(parts);
}

function withLoop(body: Uint8Array, parameters: number, fuses: boolean): Uint8Array {
  const reader = new Reader(body);
  const groups = reader.unsigned();
  const declared = reader.at;
  let own = parameters;
  for (let group = 0; group < groups; group++) {
    own += reader.unsigned();
    reader.byte();
  }
  // One of the two adds to what is there: for each number that it scales, it also adds one.
  const accumulates = occurrences(body, add) >= occurrences(body, multiply);
  return joined([
    unsigned(groups + 2),
    body.subarray(declared, reader.at),
    locals,
    productLoop(own, accumulates, fuses),
    body.subarray(reader.at),
  ]);
}

function occurrences(bytes: Uint8Array, pattern: readonly number[]): number {
  let count = 0;
  for (let at = bytes.indexOf(pattern[0]!); at >= 0; at = bytes.indexOf(pattern[0]!, at + 1))
    if (pattern.every((byte, i) => bytes[at + i] === byte)) count++;
  return count;
}

/** Asks for a module with one function, whose body is the instruction in question. */
function hasFusedMultiplyAdd(): boolean {
  const body = [0, ...get(0), ...get(0), ...get(0), ...multiplyAdd, ...end];
  return WebAssembly.validate(
    joined([
      HEADER,
      [TYPES, 6, 1, FUNCTION, 1, VECTORS, 1, VECTORS],
      [FUNCTIONS, 2, 1, 0],
      [CODE, body.length + 2, 1, body.length, ...body],
    ]),
  );
}
