import type { Distribution } from '@pushforward/distributions';
import {
  checkCount,
  checkOptions,
  type Key,
  Module,
  OptionError,
  parameter,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { type Grid, type GridShape, gridOf } from '../laws/grid.js';
import type { Halves } from '../laws/haar.js';
import { type Moments, PyramidLaw } from '../laws/pyramidLaw.js';
import { WindowConvolution } from '../networks/windowConvolution.js';
import { checkScale, type ScaleOptions, scaleOf } from '../scale.js';

/** Options of {@link laplacianPyramid}. */
export interface LaplacianPyramidOptions {
  /** Height, width and channels of an image, or steps and channels of a sequence. */
  readonly shape: GridShape;
  /** N: times that it is halved; 2 by default. */
  readonly levels?: number;
  /** Channels of the hidden layers that tell the details of an image; `[32]` by default. */
  readonly hidden?: readonly number[];
  /**
   * Where the deviations of the noise come from: `'learned'`, the default, one number for each level and direction;
   * `'predicted'`, in each place from the smaller image and the decoder.
   */
  readonly variance?: 'learned' | 'predicted';
  /** The deviation of the noise to start from, as of a number of x; 1 by default. */
  readonly scale?: number;
  /** A bound below the deviations, as of a number of x, that rules out deterministic collapse; 1e-3 by default. */
  readonly floor?: number;
}

/** The law of some numbers of each pixel: windows of 3 x 3 correct a start, and a linear path beside. */
class Stage extends Module {
  readonly layers: readonly WindowConvolution[];
  readonly path: WindowConvolution;
  readonly raw: Variable;

  constructor(
    key: Key,
    widths: readonly number[],
    sides: { above: number; below: number; left: number; right: number },
    private readonly numbers: number,
    private readonly range: ScaleOptions,
  ) {
    super();
    const keys = key.split(widths.length);
    const layer = (from: number, to: number, i: number, scale: number) =>
      new WindowConvolution(keys[i]!, { ...sides, from, to, scale });
    this.layers = widths
      .slice(1)
      .map((to, i) => layer(widths[i]!, to, i, i === widths.length - 2 ? 0 : 1));
    this.path = layer(widths[0]!, widths.at(-1)!, widths.length - 1, 0);
    this.raw = parameter(() => tf.zeros([numbers]));
  }

  /** Where the numbers are expected without a correction, and what is read: of the shape `[N, H, W, ...]`. */
  momentsOf(start: Tensor, read: Tensor): Moments {
    const deep = this.layers.reduce((h, layer, i) => layer.apply(i === 0 ? h : tf.relu(h)), read);
    const told = tf.add(deep, this.path.apply(read));
    const size = told.shape.at(-1)!;
    if (size === this.numbers) return [tf.add(start, told), scaleOf(this.raw, this.range)];
    const [correction, raw] = tf.split(told, 2, -1);
    return [tf.add(start, correction!), scaleOf(tf.add(raw!, this.raw), this.range)];
  }
}

class Pyramid extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  readonly smallest: Stage;
  /** From the finest on. */
  readonly details: readonly Stage[];

  constructor(
    key: Key,
    private readonly grid: Grid,
    options: Required<Omit<LaplacianPyramidOptions, 'shape'>>,
  ) {
    super();
    const { levels, hidden, scale, floor } = options;
    const channels = grid.image[2];
    const axes = grid.axes.length;
    this.parameterCount = grid.image.reduce((size, n) => size * n, 1);
    this.eventShape = [this.parameterCount];
    const across = axes === 2 ? 1 : 0;
    const sides = { above: 1, below: 1, left: across, right: across };
    const each = options.variance === 'predicted' ? 2 : 1;
    const stage = (key: Key, read: number, numbers: number, unit: number) =>
      new Stage(key, [read, ...hidden, each * numbers], sides, numbers, {
        start: unit * scale,
        floor: unit * floor,
      });
    const [forSmallest, forDetails] = key.split(2);
    // An average of n numbers has a deviation smaller by sqrt n.
    this.smallest = stage(forSmallest, channels, channels, 2 ** ((-axes * levels) / 2));
    const count = (2 ** axes - 1) * channels;
    this.details = forDetails
      .split(levels)
      .map((key, level) => stage(key, 2 * channels + count, count, 2 ** ((-axes * level) / 2)));
  }

  override law(picture: Tensor): Distribution {
    return new PyramidLaw(picture, {
      ...this.grid,
      levels: this.details.length,
      smallest: (picture) => this.smallest.momentsOf(picture, picture),
      details: (level, coarse, picture: Halves) => {
        const read = tf.concat([coarse, picture.coarse, picture.details], -1);
        return this.details[level]!.momentsOf(picture.details, read);
      },
    });
  }
}

/**
 * Images or sequences from coarse to fine, the hierarchical quasi-deterministic observation of Berger's thesis: x_0 ~
 * p(x_0 | z), x_i = upscale(x_i-1) + f_i(x_i-1, z) + e_i, with normal noise e_i of a deviation of its own, or one that
 * is predicted from x_i-1 and z. The decoder tells a picture, one number for each of x; the networks f_i, which are the
 * family's own, correct its details by the smaller image, the true one in training and in densities.
 *
 * Noise that is correlated over many pixels is noise of small images here, which a likelihood of independent pixels has
 * to put into z. The laws start as N(picture, scale^2 I). The engine `wasm` has no gradient of a convolution of its own;
 * compiled programs, such as the steps of `fit`, have.
 *
 * The smaller images are averages of 2 x 2 pixels (of two, of a sequence), and what f_i and e_i add has no average in
 * them: it is given in orthonormal coordinates of the other directions. So the sum of the levels' log-densities is log
 * p(x | z), with all constants, and the smaller images of a draw are those it was drawn from. The thesis' sum over
 * whole images counts four thirds of the numbers, and is no density of x.
 *
 * Source: Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section 6.2.2, eqs.
 * 6.3 and 6.4; Denton et al., "Deep generative image models using a Laplacian pyramid", arXiv:1506.05751.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, or sizes that cannot be
 * halved so often
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { laplacianPyramid, vae } from '@pushforward/vae';
 * const likelihood = laplacianPyramid(Key.from(1), { shape: [8, 8, 1], levels: 2, hidden: [8] });
 * const model = vae(Key.from(2), { likelihood, latent: 2 });
 * model.sample(Key.from(3), [5]).shape; // [5, 64]
 * ```
 */
export function laplacianPyramid(key: Key, options: LaplacianPyramidOptions): Family {
  const where = 'laplacianPyramid';
  checkOptions(where, options, ['shape', 'levels', 'hidden', 'variance', 'scale', 'floor']);
  const { shape, levels = 2, hidden = [32], variance = 'learned' } = options;
  const { scale = 1, floor = 1e-3 } = options;
  checkCount(where, 'levels', levels, 1);
  for (const width of hidden) checkCount(where, 'a width', width, 1);
  const grid = gridOf(where, shape, levels);
  checkScale(where, { start: scale, floor });
  if (!['learned', 'predicted'].includes(variance))
    throw new OptionError(
      `${where}: variance must be 'learned' or 'predicted', got '${variance}'.`,
    );
  return new Pyramid(key, grid, { levels, hidden, variance, scale, floor });
}
