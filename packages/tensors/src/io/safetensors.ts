import { LoadError } from '../errors.js';

/** The numbers of one tensor. */
export interface Weight {
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

const formats = {
  float32: { name: 'F32', size: 4, View: Float32Array },
  int32: { name: 'I32', size: 4, View: Int32Array },
  bool: { name: 'BOOL', size: 1, View: Uint8Array },
} as const;

const longestHeader = 100_000_000;

/**
 * Tensors by name in the safetensors format (https://github.com/huggingface/safetensors, "Format"): the length of the
 * header as a little-endian 64-bit integer, the header as JSON padded with spaces, the numbers one after the other.
 */
export function encodeSafetensors(weights: ReadonlyMap<string, Weight>): Uint8Array<ArrayBuffer> {
  // Four-byte numbers first, so that each tensor starts at a multiple of its own size.
  const ordered = [...weights].sort(
    ([, a], [, b]) => formats[b.dtype].size - formats[a.dtype].size,
  );
  let end = 0;
  const entries = ordered.map(([name, { dtype, shape, values }]) => {
    const begin = end;
    end += values.byteLength;
    return [name, { dtype: formats[dtype].name, shape, data_offsets: [begin, end] }] as const;
  });
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  for (const [i, [, { values }]] of ordered.entries()) {
    const begin = entries[i]![1].data_offsets[0];
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + begin);
  }
  return bytes;
}

/**
 * The tensors of a safetensors file, by name.
 *
 * @throws {LoadError} the file is damaged: truncated, not the format, with gaps or overlaps, or of another number type
 */
export function decodeSafetensors(bytes: Uint8Array): Map<string, Weight> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? 0 : Number(view.getBigUint64(0, true));
  if (length === 0 || length > longestHeader || 8 + length > bytes.length)
    throw damaged(`a file of ${bytes.length} bytes cannot have a header of ${length}`);
  const data = bytes.subarray(8 + length);
  const weights = new Map<string, Weight>();
  const spans: (readonly [begin: number, end: number])[] = [];
  for (const [name, entry] of Object.entries(parseHeader(bytes.subarray(8, 8 + length)))) {
    if (name === '__metadata__') continue;
    const { weight, span } = decodeEntry(name, entry, data);
    weights.set(name, weight);
    spans.push(span);
  }
  let end = 0;
  for (const span of spans.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (span[0] !== end) throw damaged(`byte ${end} of the data is in no tensor or in several`);
    end = span[1];
  }
  if (end !== data.length) throw damaged(`${data.length} bytes of data, its header says ${end}`);
  return weights;
}

function parseHeader(bytes: Uint8Array): object {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header)) return header;
  } catch (cause) {
    throw damaged('its header is not JSON', cause);
  }
  throw damaged('its header is not a JSON object');
}

function decodeEntry(
  name: string,
  entry: unknown,
  data: Uint8Array,
): { weight: Weight; span: readonly [number, number] } {
  const { dtype: format, shape, data_offsets: offsets } = Object(entry) as Record<string, unknown>;
  const dtype = (['float32', 'int32', 'bool'] as const).find((it) => formats[it].name === format);
  if (dtype === undefined)
    throw damaged(`'${name}' holds ${JSON.stringify(format)}; known are F32, I32 and BOOL`);
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
    throw damaged(`the shape or the offsets of '${name}' are no counts`);
  const [begin, end] = offsets as [number, number];
  const { size, View } = formats[dtype];
  if (end > data.length || end - begin !== size * shape.reduce((a, b) => a * b, 1))
    throw damaged(
      `'${name}' of shape [${shape.join(', ')}] cannot be the bytes ${begin} to ${end} of ${data.length}`,
    );
  // A copy, which starts at a multiple of the number's size whatever the file's layout.
  const values = new View(new Uint8Array(data.subarray(begin, end)).buffer);
  return { weight: { dtype, shape, values }, span: [begin, end] };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function damaged(why: string, cause?: unknown): LoadError {
  return new LoadError(`The safetensors file is damaged: ${why}.`, { cause });
}
