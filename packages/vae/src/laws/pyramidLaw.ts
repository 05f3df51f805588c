import { Distribution, Independent, Normal } from '@pushforward/distributions';
import { broadcastShapes, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Grid } from './grid.js';
import { double, type Halves, halve } from './haar.js';

/** The loc and the scale of normal numbers, each of the shape of the numbers. */
export type Moments = readonly [loc: Tensor, scale: Tensor];

/** What a {@link PyramidLaw} is made of. */
interface Parts extends Grid {
  /** Times that they are. */
  readonly levels: number;
  /** The law of the smallest image, given what a picture is there. */
  readonly smallest: (picture: Tensor) => Moments;
  /** The law of the details of level i, 0 for the finest, given the image without them and what a picture is there. */
  readonly details: (level: number, coarse: Tensor, picture: Halves) => Moments;
}

/**
 * p(x) = p(x_0) prod_i p(d_i | x_i-1): the smallest image of a pyramid, and from each image to one of twice its size
 * the details that its halving forgets, all normal numbers, around a picture.
 *
 * x_i-1 are the averages of pairs of neighbours of x_i, and d_i the rest of it in orthonormal coordinates, so that the
 * product is a density of x: with k axes halved, each average makes k/2 log 2 of the logarithm of the volume.
 */
export class PyramidLaw extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  /** @param picture shape `[...batch, H W C]` */
  constructor(
    private readonly picture: Tensor,
    private readonly parts: Parts,
  ) {
    super();
    this.eventShape = picture.shape.slice(-1);
    this.batchShape = picture.shape.slice(0, -1);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const { levels, axes } = this.parts;
      const batch = [...broadcastShapes('PyramidLaw', x.shape.slice(0, -1), this.batchShape)];
      const [ofX, ofPicture] = [this.pyramid(x, batch), this.pyramid(this.picture, batch)];
      const [smallest, picture] = [ofX.at(-1)!.coarse, ofPicture.at(-1)!.coarse];
      let logProb = lawOf(this.parts.smallest(picture)).logProb(smallest);
      for (let level = 0; level < levels; level++) {
        const { coarse, details } = ofX[level]!;
        const law = lawOf(this.parts.details(level, coarse, ofPicture[level]!));
        const averages = coarse.shape.slice(1).reduce((size, n) => size * n, 1);
        const logVolume = averages * (axes.length / 2) * Math.LN2;
        logProb = tf.add(logProb, tf.sub(law.logProb(details), logVolume));
      }
      return tf.reshape(logProb, batch);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const batch = [...shape, ...this.batchShape];
      const picture = this.pyramid(this.picture, batch);
      let x = lawOf(this.parts.smallest(picture.at(-1)!.coarse)).sample(key.foldIn(0));
      for (let level = this.parts.levels - 1; level >= 0; level--) {
        const law = lawOf(this.parts.details(level, x, picture[level]!));
        x = double({ coarse: x, details: law.sample(key.foldIn(level + 1)) }, this.parts.axes);
      }
      return tf.reshape(x, [...batch, this.eventShape[0]!]);
    });
  }

  /** Images and their details, from the finest on. */
  private pyramid(x: Tensor, batch: readonly number[]): Halves[] {
    const { image, axes, levels } = this.parts;
    let rest = tf.reshape(tf.broadcastTo(x, [...batch, x.shape.at(-1)!]), [-1, ...image]);
    return Array.from({ length: levels }, () => {
      const halves = halve(rest, axes);
      rest = halves.coarse;
      return halves;
    });
  }
}

/** Of images, for each of which it is one event. */
function lawOf([loc, scale]: Moments): Distribution {
  return new Independent(new Normal(loc, scale), 3);
}
