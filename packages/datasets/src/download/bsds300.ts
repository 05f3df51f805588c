import type { Key } from '@pushforward/tensors';
import { pixelColumns } from '../images/pixelColumns.js';
import { dequantise } from '../preprocessing/dequantise.js';
import { pipeline } from '../preprocessing/pipeline.js';
import { scale } from '../preprocessing/scale.js';
import { type Dataset, Split } from '../split/split.js';
import { obtain } from './obtain.js';
import { checkDownloadOptions, type DownloadOptions, type RemoteFile } from './remoteFile.js';

const PIXELS = 64;
const NAME = 'BSDS300 patches';
const SOURCE =
  'Martin, Fowlkes, Tal and Malik, "A database of human segmented natural images", ICCV 2001; ' +
  'for non-commercial research and education';

const FILES = {
  train: file(
    'train_100000',
    6_400_000,
    'a55c499847398c620cdec63db47bc3b56a417a459088188768e7c6bdeaa4298f',
  ),
  validation: file(
    'val_10000',
    640_000,
    '3829a29901bc3ca8c69caea018e2cd50da9f1e5180c419f0b38df96474df3097',
  ),
  test: file(
    'test_25000',
    1_600_000,
    '230329a1203443f3991a8e670dd3c79e8014c3d4140610eaee91d0ea68808fdd',
  ),
};

function file(name: string, bytes: number, sha256: string): RemoteFile {
  return { path: `bsds300/derived/patches_${name}x64_u8.bin`, addresses: [], bytes, sha256 };
}

/**
 * Grey patches of 8 x 8 pixels from natural photographs: 100,000 for training, 10,000 for validation, 25,000 for
 * testing, from other photographs each.
 *
 * Uniform noise is added to the bytes, they are divided by 256, the mean of each patch is taken off, and the last
 * pixel, which follows from the others, is dropped: 63 columns. This is the law of the BSDS300 benchmark of
 * Papamakarios et al., arXiv:1705.07057, appendix D, in other patches than theirs.
 *
 * The patches may not be redistributed and are not downloaded: they must lie in the data folder, as
 * `bsds300/derived/patches_{train_100000,val_10000,test_25000}x64_u8.bin`, 64 bytes a patch.
 *
 * @throws DataError when a file is absent or not the one with this checksum
 */
export async function bsds300Patches(key: Key, options: DownloadOptions = {}): Promise<Dataset> {
  checkDownloadOptions('bsds300Patches', options);
  const [forTraining, forValidation, forTest] = key.split(3);
  return {
    name: NAME,
    source: SOURCE,
    train: await patches(forTraining, FILES.train, options),
    validation: await patches(forValidation, FILES.validation, options),
    test: await patches(forTest, FILES.test, options),
  };
}

async function patches(key: Key, file: RemoteFile, options: DownloadOptions): Promise<Split> {
  const bytes = new Float32Array(await obtain(file, options));
  const grey = pipeline([dequantise(key, 256), scale(1 / 256)]);
  const columns = pixelColumns(8, 8).slice(0, -1);
  return new Split({
    name: NAME,
    source: SOURCE,
    x: centred(grey.apply({ x: bytes, features: PIXELS })),
    columns,
  });
}

/** Each patch less its mean, without its last pixel. */
function centred(pixels: Float32Array): Float32Array {
  const count = pixels.length / PIXELS;
  const x = new Float32Array(count * (PIXELS - 1));
  for (let i = 0; i < count; i++) {
    const patch = pixels.subarray(i * PIXELS, (i + 1) * PIXELS);
    const mean = patch.reduce((sum, value) => sum + value, 0) / PIXELS;
    for (let j = 0; j < PIXELS - 1; j++) x[i * (PIXELS - 1) + j] = patch[j]! - mean;
  }
  return x;
}
