import { pixelColumns } from '../images/pixelColumns.js';
import { type Dataset, Split } from '../split/split.js';
import { gunzip } from './gunzip.js';
import { parseIdx } from './idx.js';
import { obtain } from './obtain.js';
import { checkDownloadOptions, type DownloadOptions, type RemoteFile } from './remoteFile.js';

/** A family of four files in the format of MNIST. */
interface Family {
  readonly name: string;
  readonly source: string;
  readonly folder: string;
  readonly addresses: readonly string[];
  readonly classes: readonly string[];
  /** Size and SHA-256 of each file. */
  readonly files: Readonly<Record<FileName, readonly [bytes: number, sha256: string]>>;
}

type FileName =
  | 'train-images-idx3-ubyte.gz'
  | 'train-labels-idx1-ubyte.gz'
  | 't10k-images-idx3-ubyte.gz'
  | 't10k-labels-idx1-ubyte.gz';

const MNIST: Family = {
  name: 'MNIST',
  source: 'LeCun, Cortes and Burges, "The MNIST database of handwritten digits"; CC BY-SA 3.0',
  folder: 'mnist',
  // The authors' own address, yann.lecun.com/exdb/mnist, no longer gives the files; these hold the same bytes.
  addresses: [
    'https://ossci-datasets.s3.amazonaws.com/mnist',
    'https://storage.googleapis.com/cvdf-datasets/mnist',
  ],
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  files: {
    'train-images-idx3-ubyte.gz': [
      9912422,
      '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    ],
    'train-labels-idx1-ubyte.gz': [
      28881,
      '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
    ],
    't10k-images-idx3-ubyte.gz': [
      1648877,
      '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
    ],
    't10k-labels-idx1-ubyte.gz': [
      4542,
      'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    ],
  },
};

const FASHION_MNIST: Family = {
  name: 'Fashion-MNIST',
  source:
    'Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning ' +
    'algorithms", arXiv:1708.07747; MIT licence',
  folder: 'fashion-mnist',
  // The authors' own address has no TLS; the checksum makes up for it, but a page served by TLS may not read it.
  addresses: [
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com',
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets',
  ],
  classes: [
    'T-shirt/top',
    'trouser',
    'pullover',
    'dress',
    'coat',
    'sandal',
    'shirt',
    'sneaker',
    'bag',
    'ankle boot',
  ],
  files: {
    'train-images-idx3-ubyte.gz': [
      26421880,
      '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    ],
    'train-labels-idx1-ubyte.gz': [
      29515,
      'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
    ],
    't10k-images-idx3-ubyte.gz': [
      4422102,
      '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
    ],
    't10k-labels-idx1-ubyte.gz': [
      5148,
      '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    ],
  },
};

/** Of the 60,000 training images the last 10,000 are for validation, as in Papamakarios et al., arXiv:1705.07057. */
const VALIDATION = 10_000;

/**
 * Handwritten digits: 70,000 grey images of 28 x 28 pixels, in 50,000 for training, 10,000 for validation and 10,000
 * for testing.
 *
 * x holds the 784 pixels of an image row after row, integers from 0 to 255; the target is the digit. The files
 * (11.6 MB) are taken from the data folder or downloaded once, and checked against their SHA-256.
 *
 * Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE
 * 86, 1998.
 *
 * @throws DataError when a file cannot be had whole
 */
export function mnist(options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('mnist', options);
  return images(MNIST, options);
}

/**
 * Pieces of clothing: 70,000 grey images, in every respect in the form of {@link mnist}; the target is the kind of
 * piece. The files have 30.9 MB.
 *
 * Source: Xiao, Rasul and Vollgraf, arXiv:1708.07747.
 *
 * @throws DataError when a file cannot be had whole
 */
export function fashionMnist(options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('fashionMnist', options);
  return images(FASHION_MNIST, options);
}

async function images(family: Family, options: DownloadOptions): Promise<Dataset> {
  const { name, source } = family;
  const training = await part(family, 'train', options);
  const test = await part(family, 't10k', options);
  const cut = training.length - VALIDATION;
  return {
    name,
    source,
    train: training.slice(0, cut),
    validation: training.slice(cut, training.length),
    test,
  };
}

async function part(
  family: Family,
  which: 'train' | 't10k',
  options: DownloadOptions,
): Promise<Split> {
  const pixels = await read(family, `${which}-images-idx3-ubyte.gz`, options);
  const labels = await read(family, `${which}-labels-idx1-ubyte.gz`, options);
  const [, height, width] = pixels.shape;
  return new Split({
    name: family.name,
    source: family.source,
    x: new Float32Array(pixels.data),
    columns: pixelColumns(height!, width!),
    target: {
      name: 'class',
      values: new Float32Array(labels.data),
      classes: family.classes,
    },
  });
}

async function read(family: Family, name: FileName, options: DownloadOptions) {
  const [bytes, sha256] = family.files[name];
  const file: RemoteFile = {
    path: `${family.folder}/${name}`,
    addresses: family.addresses.map((address) => `${address}/${name}`),
    bytes,
    sha256,
  };
  return parseIdx(file.path, await gunzip(await obtain(file, options)));
}
