import { gzipSync } from 'node:zlib';
import { DataError, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { cifar10 } from './cifar10.js';
import { picturesIn } from './cifarArchive.js';
import { gunzip } from './gunzip.js';

/** A file in the format of POSIX tar: a header of 512 bytes in octal and text, the bytes, zeros up to the next 512. */
function entry(name: string, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(512);
  const size = bytes.length.toString(8).padStart(11, '0');
  for (const [text, offset] of [
    ...([
      [name, 0],
      ['0000644\0', 100],
      ['0000000\0', 108],
      ['0000000\0', 116],
    ] as const),
    ...([
      [`${size}\0`, 124],
      ['00000000000\0', 136],
      ['        ', 148],
      ['0', 156],
    ] as const),
    ['ustar\u000000', 257],
  ] as const)
    header.write(text, offset, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, bytes, Buffer.alloc(-bytes.length & 511)]);
}

/** Value of a channel at a pixel of a picture. */
const value = (picture: number, channel: number, i: number) =>
  (7 * picture + 100 * channel + i) % 256;

/** A picture as the archive has it: its label, then channel after channel. */
const record = (picture: number) => [
  picture % 10,
  ...[0, 1, 2].flatMap((channel) =>
    Array.from({ length: 1024 }, (_, i) => value(picture, channel, i)),
  ),
];

const archive = Buffer.concat([
  entry('cifar-10-batches-bin/batches.meta.txt', Buffer.from('airplane\n')),
  entry('cifar-10-batches-bin/data_batch_2.bin', Uint8Array.from([record(2), record(13)].flat())),
  entry('cifar-10-batches-bin/data_batch_1.bin', Uint8Array.from(record(1))),
  entry('cifar-10-batches-bin/readme.html', Buffer.from('<html>')),
  entry('cifar-10-batches-bin/short.bin', Uint8Array.from(record(1).slice(1))),
  Buffer.alloc(1024),
]);

describe('pictures in an archive', () => {
  test('are those of the files, in the order asked for, with colours side by side', async () => {
    const tar = await gunzip(gzipSync(archive));
    const { x, labels } = picturesIn(tar, ['data_batch_1.bin', 'data_batch_2.bin']);
    expect([...labels]).toEqual([1, 2, 3]);
    const expected = [1, 2, 13].flatMap((picture) =>
      Array.from({ length: 1024 }, (_, i) =>
        [0, 1, 2].map((channel) => value(picture, channel, i)),
      ).flat(),
    );
    expect([...x]).toEqual(expected);
  });

  test.each([
    ['data_batch_3.bin', /data_batch_3.bin is not in the archive/],
    ['short.bin', /short.bin has 3072 bytes, not whole records of 3073/],
  ])('%s is refused', (name, message) => {
    expect(() => picturesIn(archive, [name])).toThrow(DataError);
    expect(() => picturesIn(archive, [name])).toThrow(message);
  });
});

test('cifar10 knows its options, and says what is missing', async () => {
  await expect(cifar10({ root: '.' } as object)).rejects.toThrow(OptionError);
  await expect(cifar10({ folder: '/nowhere' })).rejects.toThrow(
    '/nowhere holds no cifar-10/cifar-10-binary.tar.gz',
  );
});
