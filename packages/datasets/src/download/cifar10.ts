import { pixelColumns } from '../images/pixelColumns.js';
import { type Dataset, Split } from '../split/split.js';
import { picturesIn, SIDE } from './cifarArchive.js';
import { gunzip } from './gunzip.js';
import { obtain } from './obtain.js';
import { checkDownloadOptions, type DownloadOptions, type RemoteFile } from './remoteFile.js';

const NAME = 'CIFAR-10';
const SOURCE =
  'Krizhevsky, "Learning multiple layers of features from tiny images", 2009; no licence is stated, for research';

const FILE: RemoteFile = {
  path: 'cifar-10/cifar-10-binary.tar.gz',
  addresses: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
  bytes: 170_052_171,
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9dddda3db29a59bca1dd',
};

const CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

const TRAINING = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);

/** Of the 50,000 training pictures the last 5,000 are for validation, as in Papamakarios et al., arXiv:1705.07057. */
const VALIDATION = 5000;

/**
 * Photographs of ten kinds of things: 60,000 colour pictures of 32 x 32 pixels, in 45,000 for training, 5,000 for
 * validation and 10,000 for testing.
 *
 * x holds the 3072 numbers of a picture row after row, the red, green and blue of a pixel side by side, integers from 0
 * to 255; the target is the kind. The archive (170 MB) is taken from the data folder, as
 * `cifar-10/cifar-10-binary.tar.gz`, or downloaded once, and checked against its SHA-256; the pictures take a gigabyte
 * of memory.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images", technical report, University of Toronto,
 * 2009.
 *
 * @throws DataError when the file cannot be had whole
 */
export async function cifar10(options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('cifar10', options);
  const tar = await gunzip(await obtain(FILE, options));
  const training = pictures(tar, TRAINING);
  const cut = training.length - VALIDATION;
  return {
    ...{ name: NAME, source: SOURCE },
    train: training.slice(0, cut),
    validation: training.slice(cut),
    test: pictures(tar, ['test_batch.bin']),
  };
}

function pictures(tar: Uint8Array, names: readonly string[]): Split {
  const { x, labels } = picturesIn(tar, names);
  return new Split({
    ...{ name: NAME, source: SOURCE, x },
    columns: pixelColumns(SIDE, SIDE, ['red', 'green', 'blue']),
    target: { name: 'class', values: labels, classes: CLASSES },
  });
}
