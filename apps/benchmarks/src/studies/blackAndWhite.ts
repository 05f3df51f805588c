import { type Dataset, digits, mnist, Split } from '@pushforward/datasets';
import type { Key, Tensor } from '@pushforward/tensors';
import type { TrainingData } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import type { Run } from '../experiments/experiment.js';

/** Grey images: MNIST at full scale, else the digits of 8 x 8 pixels, cut anew. */
export async function greyImages(key: Key, scale: Run['scale']): Promise<Dataset> {
  if (scale === 'full') return await mnist();
  return digits().partition(key, { validation: 0.15, test: 0.25 });
}

/**
 * So many grey images at a time, chosen anew for every epoch, and their pixels drawn anew: 1 with the chance that
 * their grey is of black, else 0.
 *
 * @param black the level of black, where paper is 0
 */
export function redrawn(train: Split, black: number, length = train.length): TrainingData {
  return {
    length,
    *batches(key, size) {
      const [forChoice, forOrder, forPixels] = key.split(3);
      const chosen = train.subset(forChoice.permutation(train.length).slice(0, length));
      let drawn = 0;
      for (const { x, ...rest } of chosen.batches(forOrder, size)) {
        yield { ...rest, x: draw(forPixels.foldIn(drawn++), x, black) };
        x.dispose();
      }
    },
  };
}

/** The same images, at most so many, with their pixels drawn once. */
export async function drawnOnce(
  key: Key,
  all: Split,
  black: number,
  most = all.length,
): Promise<Split> {
  const grey = all.slice(0, Math.min(most, all.length));
  const { context, target, columns, name, source } = grey;
  const levels = tf.tensor2d(grey.x, [grey.length, grey.features]);
  const pixels = draw(key, levels, black);
  const x = (await pixels.data()) as Float32Array;
  tf.dispose([levels, pixels]);
  return new Split({
    ...{ x, columns, name, source },
    ...(context && { context }),
    ...(target && { target }),
  });
}

function draw(key: Key, levels: Tensor, black: number): Tensor {
  return tf.tidy(() => key.bernoulli(tf.div(levels, black)));
}
