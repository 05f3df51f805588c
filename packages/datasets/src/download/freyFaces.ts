import { DataError, type Key } from '@pushforward/tensors';
import { pixelColumns } from '../images/pixelColumns.js';
import { type Dataset, Split } from '../split/split.js';
import { obtain } from './obtain.js';
import { checkDownloadOptions, type DownloadOptions, type RemoteFile } from './remoteFile.js';

const [FACES, HEIGHT, WIDTH] = [1965, 28, 20];
const SIZE = FACES * HEIGHT * WIDTH;

const NAME = 'Frey faces';
const SOURCE =
  'Frames of a film of Brendan Frey, in Roweis, Saul and Hinton, "Global coordination of local linear models", NIPS ' +
  '2001; no licence is stated, for research';

const PICKLE: RemoteFile = {
  path: 'freyfaces/freyfaces.pkl',
  addresses: [
    'https://raw.githubusercontent.com/jmtomczak/vae_vampprior/bb6ff3e58036adbea448e82d7bc55593d605b52c/datasets/Freyfaces/freyfaces.pkl',
  ],
  bytes: 3_568_521,
  sha256: '3b69410c6a5fd6e03f09012905168be3712373a094a776f7e58fcd0670d2138a',
};

/** The pixels alone, a byte each. */
const BYTES: RemoteFile = {
  path: 'freyfaces/derived/freyfaces_1965x28x20_u8.bin',
  addresses: [],
  bytes: SIZE,
  sha256: '2438ba4f0d2a6bd8bac43de756141eaa33c8d248dd613d464bdb1210d9b7af78',
};

/** Where the pixels lie in the pickle, which its checksum fixes: between `S'` and `'`. */
const [PIXELS_START, PIXELS_END] = [188, 3_568_521 - 14];

/**
 * One man's face as it changes its mien: 1965 grey images of 28 x 20 pixels, drawn by key into 1565 for training, 200
 * for validation and 200 for testing.
 *
 * x holds the 560 pixels of an image row after row, integers from 0 to 255. The VampPrior's authors, whose file (3.6
 * MB) is downloaded, model (x + 0.5) / 256; the file is a pickle, of which nothing is run: it is checked against its
 * SHA-256 and the pixels are read where they lie in it. A data folder may instead hold the pixels alone, as
 * `freyfaces/derived/freyfaces_1965x28x20_u8.bin`.
 *
 * The images are the frames of one film: neighbours are much alike, and images of one part have neighbours in the
 * others.
 *
 * Source: Roweis, Saul and Hinton, "Global coordination of local linear models", NIPS 2001; parts of Tomczak and
 * Welling, "VAE with a VampPrior", AISTATS 2018, arXiv:1705.07120.
 *
 * @throws DataError when the file cannot be had whole
 */
export async function freyFaces(key: Key, options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('freyFaces', options);
  const bytes = await obtain(PICKLE, options, [BYTES]);
  const pixels = bytes.length === SIZE ? bytes : unescaped(bytes);
  const faces = new Split({
    name: NAME,
    source: SOURCE,
    x: new Float32Array(pixels),
    columns: pixelColumns(HEIGHT, WIDTH),
  });
  return faces.partition(key, { validation: 200 / FACES, test: 200 / FACES });
}

const BACKSLASH = 0x5c;
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, '\\': 0x5c, "'": 0x27 };

/** The bytes that a Python string stands for, with `\xff` and the like for those that are no text. */
function unescaped(pickle: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(SIZE);
  let count = 0;
  for (let i = PIXELS_START; i < PIXELS_END; i++) {
    const byte = pickle[i]!;
    if (byte !== BACKSLASH) {
      pixels[count++] = byte;
      continue;
    }
    const letter = String.fromCharCode(pickle[++i]!);
    if (letter !== 'x') pixels[count++] = ESCAPES[letter]!;
    else {
      pixels[count++] = Number.parseInt(String.fromCharCode(pickle[i + 1]!, pickle[i + 2]!), 16);
      i += 2;
    }
  }
  if (count !== SIZE) throw new DataError(`${NAME}: ${count} of ${SIZE} pixels were read.`);
  return pixels;
}
