import { describe, expect, it } from 'vitest';
import { LoadError } from '../errors.js';
import { checksum } from './checksum.js';
import { decodeSafetensors, encodeSafetensors, type Weight } from './safetensors.js';

const weights = new Map<string, Weight>([
  ['mask', { dtype: 'bool', shape: [3], values: Uint8Array.of(1, 0, 1) }],
  ['net.0.weight', { dtype: 'float32', shape: [2, 2], values: Float32Array.of(1, -2.5, 3e-8, 4) }],
  ['step', { dtype: 'int32', shape: [], values: Int32Array.of(-7) }],
  ['empty', { dtype: 'float32', shape: [0, 4], values: new Float32Array(0) }],
]);

/** A file with the given header text and data. */
function file(header: string, data: readonly number[] = [], length = header.length): Uint8Array {
  const bytes = Buffer.alloc(8 + header.length + data.length);
  bytes.writeBigUInt64LE(BigInt(length));
  bytes.write(header, 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}

describe('encoding', () => {
  it('follows the format', () => {
    const bytes = Buffer.from(encodeSafetensors(weights));
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    const text = bytes.subarray(8, 8 + length).toString('utf8');
    expect(text).toMatch(/^\{.*\} *$/);
    const header = JSON.parse(text) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    expect(Object.keys(header).sort()).toEqual(['empty', 'mask', 'net.0.weight', 'step']);
    const data = bytes.subarray(8 + length);
    const part = (name: string) => data.subarray(...header[name]!.data_offsets);
    expect(header['net.0.weight']).toMatchObject({ dtype: 'F32', shape: [2, 2] });
    expect([0, 4, 8, 12].map((at) => part('net.0.weight').readFloatLE(at))).toEqual(
      [1, -2.5, 3e-8, 4].map(Math.fround),
    );
    expect(header.step).toMatchObject({ dtype: 'I32', shape: [] });
    expect(part('step').readInt32LE()).toBe(-7);
    expect(header.mask).toMatchObject({ dtype: 'BOOL', shape: [3] });
    expect([...part('mask')]).toEqual([1, 0, 1]);
    expect(part('empty')).toHaveLength(0);
    // Back to back, from 0 to the end, each at a multiple of its number's size.
    const spans = Object.values(header)
      .map((entry) => entry.data_offsets)
      .sort(([a, b], [c, d]) => a - c || b - d);
    expect(spans.map(([begin]) => begin)).toEqual([0, ...spans.slice(0, -1).map(([, end]) => end)]);
    expect(spans.at(-1)![1]).toBe(data.length);
    for (const name of ['net.0.weight', 'step']) expect(header[name]!.data_offsets[0] % 4).toBe(0);
  });

  it('is read back as it was', () => {
    expect(new Map(decodeSafetensors(encodeSafetensors(weights)))).toEqual(weights);
    expect(decodeSafetensors(encodeSafetensors(new Map())).size).toBe(0);
  });

  it('writes views of a part of their buffer', () => {
    const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const read = decodeSafetensors(
      encodeSafetensors(new Map([['x', { dtype: 'float32', shape: [2], values }]])),
    );
    expect(read.get('x')!.values).toEqual(Float32Array.of(2, 3));
  });
});

describe('decoding', () => {
  it('reads what the reference implementation writes', () => {
    // safetensors.numpy.save({'b': float32 [0.5, -1], 'a': int32 [[3]]}, {'by': 'x'}) of safetensors 0.8.0
    const bytes = Buffer.from(
      'iAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJieSI6IngifSwiYiI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJhIjp7ImR0eXBlIjoiSTMyIiwic2hhcGUiOlsxLDFdLCJkYXRhX29mZnNldHMiOls4LDEyXX19AAAAPwAAgL8DAAAA',
      'base64',
    );
    const read = decodeSafetensors(bytes);
    expect(read.get('b')).toEqual({
      dtype: 'float32',
      shape: [2],
      values: Float32Array.of(0.5, -1),
    });
    expect(read.get('a')).toEqual({ dtype: 'int32', shape: [1, 1], values: Int32Array.of(3) });
    expect(read.size).toBe(2);
  });

  it('reads data at any offset', () => {
    const bytes = file(
      '{"m":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}',
      [1, 0, 0, 128, 63],
    );
    expect(decodeSafetensors(bytes).get('x')!.values).toEqual(Float32Array.of(1));
  });

  const entry = (it: object) =>
    JSON.stringify({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...it } });
  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array(0)],
    ['fewer bytes than a length', Uint8Array.of(1, 2, 3)],
    ['no header', file('')],
    ['a header longer than the file', file('{}', [], 3)],
    ['an absurd header length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123)],
    ['text that is not JSON', file('{"x":')],
    [
      'text that is not UTF-8',
      Buffer.concat([file('  ', [], 2).subarray(0, 8), Buffer.of(255, 254)]),
    ],
    ['an array', file('[]')],
    ['an entry that is no object', file('{"x":3}')],
    ['an entry that is null', file('{"x":null}')],
    ['another number type', file(entry({ dtype: 'F64' }), [0, 0, 0, 0])],
    ['a negative size', file(entry({ shape: [-1] }), [0, 0, 0, 0])],
    ['a fractional size', file(entry({ shape: [1.5] }), [0, 0, 0, 0])],
    ['a missing shape', file(entry({ shape: undefined }), [0, 0, 0, 0])],
    ['one offset', file(entry({ data_offsets: [4] }), [0, 0, 0, 0])],
    ['offsets past the end', file(entry({}), [0, 0, 0])],
    ['offsets in the wrong order', file(entry({ data_offsets: [4, 0] }), [0, 0, 0, 0])],
    ['a shape that is not the bytes', file(entry({ shape: [2] }), [0, 0, 0, 0])],
    ['bytes before', file(entry({ data_offsets: [1, 5] }), [0, 0, 0, 0, 0])],
    ['bytes after', file(entry({}), [0, 0, 0, 0, 0])],
    [
      'an overlap',
      file(
        '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        [0, 0, 0, 0],
      ),
    ],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeSafetensors(bytes)).toThrow(LoadError);
  });

  it('refuses every truncation', () => {
    const bytes = encodeSafetensors(weights);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSafetensors(bytes.subarray(0, length)), `${length} bytes`).toThrow(
        LoadError,
      );
  });
});

it('has the checksum of the standard', () => {
  // The check value of CRC-32/ISO-HDLC.
  expect(checksum(new TextEncoder().encode('123456789'))).toBe('cbf43926');
  expect(checksum(new Uint8Array(0))).toBe('00000000');
});
