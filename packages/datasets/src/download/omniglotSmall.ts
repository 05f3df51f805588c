import { DataError, type Key } from '@pushforward/tensors';
import { decode } from 'fast-png';
import { unzipSync } from 'fflate';
import { pixelColumns } from '../images/pixelColumns.js';
import { shrink } from '../images/shrink.js';
import { type Dataset, Split } from '../split/split.js';
import { obtain } from './obtain.js';
import { checkDownloadOptions, type DownloadOptions, type RemoteFile } from './remoteFile.js';

const [DRAWN, SIZE] = [105, 28];
const NAME = 'Omniglot small';
const SOURCE =
  'Lake, Salakhutdinov and Tenenbaum, "Human-level concept learning through probabilistic program induction", ' +
  'Science 350 (2015) 1332; MIT licence';

const ADDRESS =
  'https://raw.githubusercontent.com/brendenlake/omniglot/057f034baf2ecb8530bc5710e5a23584d2a519cc/python';

const FILES: readonly RemoteFile[] = [
  file(
    'images_background_small1',
    1_319_022,
    'f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4',
  ),
  file(
    'images_background_small2',
    1_580_917,
    '3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f',
  ),
];

function file(name: string, bytes: number, sha256: string): RemoteFile {
  const path = `omniglot-small/${name}.zip`;
  return { path, addresses: [`${ADDRESS}/${name}.zip`], bytes, sha256 };
}

/**
 * Characters of eight alphabets, each drawn by twenty people: 4840 grey images of 28 x 28 pixels, drawn by key into
 * 3872 for training, 484 for validation and 484 for testing.
 *
 * The drawings have 105 x 105 black or white pixels; each pixel here is the mean over the area that it covers, an
 * integer from 0, paper, to 255, ink. x holds them row after row; the target is the character, of 242, whose name
 * begins with its alphabet. The files (2.9 MB) are taken from the data folder or downloaded once, and checked against
 * their SHA-256.
 *
 * These are the two "small" background sets, of five alphabets each; Greek and Latin are in both, and are taken once.
 * Figures of the literature are of all 50 alphabets, and do not compare.
 *
 * Source: Lake, Salakhutdinov and Tenenbaum, Science 350 (2015) 1332.
 *
 * @throws DataError when a file cannot be had whole
 */
export async function omniglotSmall(key: Key, options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('omniglotSmall', options);
  const files = new Map<string, Uint8Array>();
  for (const file of FILES)
    for (const [name, png] of drawingsIn(await obtain(file, options))) files.set(name, png);
  const names = [...files.keys()].sort();
  const characters = names.map((name) => name.slice(0, name.lastIndexOf('/')));
  const classes = [...new Set(characters)];
  const index = new Map(classes.map((character, i) => [character, i]));
  const x = new Float32Array(names.length * SIZE * SIZE);
  for (const [i, name] of names.entries())
    x.set(shrink(inkOf(name, files.get(name)!), SIZE, SIZE).map(Math.round), i * SIZE * SIZE);
  return new Split({
    ...{ name: NAME, source: SOURCE, x, columns: pixelColumns(SIZE, SIZE) },
    target: {
      name: 'character',
      values: Float32Array.from(characters, (character) => index.get(character)!),
      classes,
    },
  }).partition(key, { validation: 0.1, test: 0.1 });
}

/**
 * The drawings of an archive, `<archive>/<alphabet>/<character>/<character and person>.png`, by name from the alphabet
 * on.
 */
function drawingsIn(archive: Uint8Array): [name: string, png: Uint8Array][] {
  const files = unzipSync(archive, { filter: ({ name }) => name.endsWith('.png') });
  return Object.entries(files).map(([name, png]) => [name.slice(name.indexOf('/') + 1), png]);
}

/** 255 where there is ink, which the files have as 0 bits, and 0 elsewhere. */
function inkOf(name: string, png: Uint8Array) {
  const { data, width, height, depth, channels } = decode(png);
  if (width !== DRAWN || height !== DRAWN || depth !== 1 || channels !== 1)
    throw new DataError(
      `${name}: ${width} x ${height} pixels of ${channels} x ${depth} bits; they must be ${DRAWN} x ${DRAWN} of one.`,
    );
  const bytesInRow = Math.ceil(width / 8);
  const ink = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const byte = data[y * bytesInRow + (x >> 3)]!;
      ink[y * width + x] = (byte >> (7 - (x & 7))) & 1 ? 0 : 255;
    }
  return { data: ink, height, width, channels };
}
