import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, Key, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { describeWithData, dataFolder as folder } from '../../test/folder.js';
import { freyFaces } from './freyFaces.js';

describe('freyFaces', () => {
  test('knows its options, and says what is missing', async () => {
    await expect(freyFaces(Key.from(1), { root: '.' } as object)).rejects.toThrow(OptionError);
    const attempt = freyFaces(Key.from(1), { folder: '/nowhere' });
    await expect(attempt).rejects.toThrow(DataError);
    await expect(attempt).rejects.toThrow(/freyfaces.pkl or freyfaces\/derived/);
  });
});

/** What Python writes for bytes: letters for letters, `\x` and two digits for what is none. */
function escaped(bytes: Uint8Array): Buffer {
  const words = new Map([10, 13, 9, 0x5c, 0x27].map((byte, i) => [byte, `\\${"nrt\\'"[i]!}`]));
  const text = Array.from(bytes, (byte) => {
    const letter = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : undefined;
    return words.get(byte) ?? letter ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return Buffer.from(text.join(''), 'latin1');
}

describeWithData('freyFaces from a folder', 'freyfaces', () => {
  const path = 'freyfaces/derived/freyfaces_1965x28x20_u8.bin';

  test('has every image once, in parts by key, and its moments', async () => {
    const { train, validation, test } = await freyFaces(Key.from(1), { folder });
    expect([train.length, validation.length, test.length]).toEqual([1565, 200, 200]);
    expect([train.features, train.columns[20]]).toEqual([560, 'pixel_1_0']);
    const rows = [train, validation, test].flatMap((part) =>
      Array.from({ length: part.length }, (_, i) =>
        Buffer.from(part.x.subarray(560 * i, 560 * (i + 1))).toString('hex'),
      ),
    );
    const raw = readFileSync(join(folder, path));
    const all = Array.from({ length: 1965 }, (_, i) =>
      raw.subarray(560 * i, 560 * (i + 1)).toString('hex'),
    );
    expect(rows.sort()).toEqual(all.sort());
    const mean = raw.reduce((sum, byte) => sum + byte, 0) / raw.length;
    expect(mean).toBeCloseTo(154.461, 3);
    const other = await freyFaces(Key.from(2), { folder });
    expect(other.test.x).not.toEqual(test.x);
  });

  test('the original pickle gives the same', async () => {
    const head =
      "(lp0\ncnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntp3\nS'b'\np4\ntp5\nRp6\n(I1\n" +
      "(I1965\nI560\ntp7\ncnumpy\ndtype\np8\n(S'u1'\np9\nI0\nI1\ntp10\nRp11\n(I3\nS'|'\np12\nNNNI-1\nI-1\nI0\ntp13\n" +
      "bI00\nS'";
    const body = escaped(readFileSync(join(folder, path)));
    const home = mkdtempSync(join(tmpdir(), 'pushforward-faces-'));
    mkdirSync(join(home, 'freyfaces'));
    // Byte for byte the file of the VampPrior's authors: its checksum holds.
    const pickle = [Buffer.from(head), body, Buffer.from("'\np14\ntp15\nba.")];
    writeFileSync(join(home, 'freyfaces/freyfaces.pkl'), Buffer.concat(pickle));
    const original = await freyFaces(Key.from(1), { folder: home });
    const { train, test } = await freyFaces(Key.from(1), { folder });
    const alike = (a: Float32Array, b: Float32Array) => a.every((value, i) => value === b[i]);
    expect(alike(original.train.x, train.x) && alike(original.test.x, test.x)).toBe(true);
    rmSync(home, { recursive: true });
  });
});
