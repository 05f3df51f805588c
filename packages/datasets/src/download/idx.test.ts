import { DataError } from '@pushforward/tensors';
import { expect, test } from 'vitest';
import { parseIdx } from './idx.js';

test('an array of bytes: type, rank, sizes, elements', () => {
  const { shape, data } = parseIdx(
    'f',
    Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6),
  );
  expect(shape).toEqual([2, 3]);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('in a larger buffer', () => {
  const buffer = Uint8Array.of(9, 9, 0, 0, 8, 1, 0, 0, 1, 0, ...Array<number>(256).fill(7));
  expect(parseIdx('f', buffer.subarray(2)).shape).toEqual([256]);
});

test.each([
  [
    'floats',
    [0, 0, 0x0d, 1, 0, 0, 0, 1, 1],
    /not an IDX file of bytes; it begins with 0, 0, 13, 1/,
  ],
  ['no header', [0, 0], /not an IDX file/],
  ['a header cut short', [0, 0, 8, 2, 0, 0, 0, 2], /not an IDX file/],
  [
    'elements cut short',
    [0, 0, 8, 1, 0, 0, 0, 3, 1, 2],
    /f: shape \[3\] needs 3 bytes, there are 2/,
  ],
])('%s are refused', (_, bytes, message) => {
  expect(() => parseIdx('f', Uint8Array.from(bytes))).toThrow(DataError);
  expect(() => parseIdx('f', Uint8Array.from(bytes))).toThrow(message);
});
