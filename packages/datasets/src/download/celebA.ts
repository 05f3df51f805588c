import {
  checkCount,
  checkOptions,
  DataError,
  DomainError,
  importPackage,
} from '@pushforward/tensors';
import type { decode } from 'jpeg-js';
import { platform } from '#platform';
import { pixelColumns } from '../images/pixelColumns.js';
import { shrink } from '../images/shrink.js';
import { type Dataset, Split } from '../split/split.js';

/** Options of {@link celebA}. */
export interface CelebAOptions {
  /** The data folder, which holds `celeba`; by default what the environment variable `PUSHFORWARD_DATA` names. */
  readonly folder?: string;
  /** Pixels on a side, at most 148; 64 by default. */
  readonly size?: number;
  /** Pictures to train on at most, the first ones; 20,000 by default. */
  readonly train?: number;
  /** Pictures of the validation part at most; 2,000 by default. */
  readonly validation?: number;
  /** Pictures of the test part at most; 2,000 by default. */
  readonly test?: number;
  /** Told how many pictures have been read, of how many. */
  readonly progress?: (pictures: number, total: number) => void;
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

const known = [
  'folder',
  'size',
  'train',
  'validation',
  'test',
  'progress',
  'signal',
] satisfies (keyof CelebAOptions)[];

const NAME = 'CelebA';
const SOURCE =
  'Liu, Luo, Wang and Tang, "Deep learning face attributes in the wild", ICCV 2015; for non-commercial research';

const PAGE = 'https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html';
/** Of the aligned pictures, and of the square in their middle that is kept. */
const [WIDTH, HEIGHT, SQUARE] = [178, 218, 148];

/**
 * Faces of celebrities, aligned: colour pictures of 64 x 64 pixels, in the official parts of 162,770 for training,
 * 19,867 for validation and 19,962 for testing, of which the first 20,000, 2,000 and 2,000 are read unless more are
 * asked for.
 *
 * Of each picture of 178 x 218 pixels the middle 148 x 148 are kept and shrunk, each pixel to the mean over the area
 * that it covers. x holds the numbers of a picture row after row, the red, green and blue of a pixel side by side,
 * integers from 0 to 255; 20,000 pictures take a gigabyte of memory.
 *
 * Nothing is downloaded: take `img_align_celeba.zip` and `list_eval_partition.txt` from the authors' page,
 * mmlab.ie.cuhk.edu.hk/projects/CelebA.html, and unpack them to `celeba/img_align_celeba/000001.jpg` and so on, and
 * `celeba/list_eval_partition.txt`, in the data folder. The pictures are decoded by `jpeg-js`, to be installed beside
 * this package.
 *
 * Source: Liu, Luo, Wang and Tang, ICCV 2015, arXiv:1411.7766.
 *
 * @throws DataError when a file is absent or is not as the authors have it, or `jpeg-js` is not installed
 * @throws DomainError for a size that is no integer from 1 to 148
 */
export async function celebA(options: CelebAOptions = {}): Promise<Dataset> {
  checkOptions('celebA', options, known);
  const { size = 64, train = 20_000, validation = 2000, test = 2000 } = options;
  checkCount('celebA', 'size', size, 1);
  if (size > SQUARE) throw new DomainError(`celebA: size must be at most ${SQUARE}, got ${size}.`);
  const folder = options.folder ?? platform.dataFolder();
  if (folder === undefined)
    throw new DataError(
      `celebA is not downloaded: take it from ${PAGE}, and name its folder with { folder } or PUSHFORWARD_DATA.`,
    );
  const home = `${folder.replace(/[\\/]$/, '')}/celeba`;
  const list = await read(`${home}/list_eval_partition.txt`);
  const parts = partsIn(new TextDecoder().decode(list));
  const names = [train, validation, test].map((most, i) => parts[i]!.slice(0, most));
  const decodeJpeg = await decoder();
  const total = names.flat().length;
  let done = 0;
  const split = async (files: readonly string[]) => {
    const x = new Float32Array(files.length * size * size * 3);
    for (const [i, file] of files.entries()) {
      options.signal?.throwIfAborted();
      const path = `${home}/img_align_celeba/${file}`;
      const picture = middleOf(path, decodeJpeg(await read(path)));
      x.set(shrink(picture, size, size).map(Math.round), i * size * size * 3);
      options.progress?.(++done, total);
    }
    const columns = pixelColumns(size, size, ['red', 'green', 'blue']);
    return new Split({ name: NAME, source: SOURCE, x, columns });
  };
  return {
    ...{ name: NAME, source: SOURCE },
    train: await split(names[0]!),
    validation: await split(names[1]!),
    test: await split(names[2]!),
  };
}

async function read(path: string): Promise<Uint8Array> {
  const bytes = await platform.readIfPresent(path);
  if (bytes === undefined)
    throw new DataError(`${path} is absent: celebA is not downloaded; take it from ${PAGE}.`);
  return bytes;
}

/** The files of each part: lines `000001.jpg 0`, where 0 is for training, 1 for validation, 2 for testing. */
function partsIn(list: string): string[][] {
  const parts: string[][] = [[], [], []];
  for (const line of list.split(/\r?\n/).filter((line) => line.trim() !== '')) {
    const [, file, part] = /^\s*(\w+\.jpg)\s+([012])\s*$/.exec(line) ?? [];
    if (file === undefined)
      throw new DataError(`list_eval_partition.txt: '${line}' is not a file and 0, 1 or 2.`);
    parts[Number(part)]!.push(file);
  }
  return parts;
}

type Decoded = Pick<ReturnType<typeof decode>, 'width' | 'height'> & {
  readonly data: ArrayLike<number>;
};

async function decoder(): Promise<(jpeg: Uint8Array) => Decoded> {
  const load = (name: string): Promise<unknown> =>
    import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  const library = (await importPackage('jpeg-js', load)) as
    | { default: { decode: typeof decode } }
    | undefined;
  if (library === undefined)
    throw new DataError('celebA: pictures are decoded by jpeg-js; npm install jpeg-js.');
  return (jpeg) => library.default.decode(jpeg, { useTArray: true, formatAsRGBA: false });
}

/** The square in the middle of a picture of three channels. */
function middleOf(path: string, { data, width, height }: Decoded) {
  if (width !== WIDTH || height !== HEIGHT)
    throw new DataError(
      `${path} has ${width} x ${height} pixels; the aligned pictures have ${WIDTH} x ${HEIGHT}.`,
    );
  const square = new Uint8Array(SQUARE * SQUARE * 3);
  const [left, top] = [(WIDTH - SQUARE) / 2, (HEIGHT - SQUARE) / 2];
  for (let y = 0; y < SQUARE; y++)
    for (let i = 0; i < 3 * SQUARE; i++)
      square[y * 3 * SQUARE + i] = data[((top + y) * WIDTH + left) * 3 + i]!;
  return { data: square, height: SQUARE, width: SQUARE, channels: 3 };
}
