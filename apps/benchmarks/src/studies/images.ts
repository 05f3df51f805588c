import {
  dequantise,
  logitTransform,
  type Preprocessing,
  pipeline,
  type Split,
  scale,
} from '@pushforward/datasets';
import { bitsPerDimension } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import type { TrainingData } from '@pushforward/training';

const levels = 256;

/** From whole pixels to the line: uniform noise, division by 256, logit(1e-6 + (1 - 2e-6) x). */
export function toLine(noise: Key): Preprocessing {
  return pipeline([dequantise(noise, levels), scale(1 / levels), logitTransform(1e-6)]);
}

/** Images on the line. */
export interface OnLine {
  readonly split: Split;
  /** What log p of each image on the line becomes log p of its noisy pixels by. */
  readonly logDets: ArrayLike<number>;
}

/** @param split of whole pixels */
export function onLine(split: Split, noise: Key): OnLine {
  const piece = toLine(noise);
  return { split: split.transform({ x: piece }), logDets: piece.logDet(split) };
}

/** Bits per pixel of each image, for the log p of each on the line. */
export function bitsOf({ split, logDets }: OnLine, logLikelihoods: readonly number[]): number[] {
  return logLikelihoods.map((value, n) => bitsPerDimension(value + logDets[n]!, split.features, 1));
}

/** So many images at a time, drawn anew and with new noise: what an epoch is of. */
export function portions(train: Split, length: number): TrainingData {
  return {
    length,
    batches(key, size) {
      const [forChoice, forNoise, forOrder] = key.split(3);
      const chosen = train.subset(forChoice.permutation(train.length).slice(0, length));
      return chosen.transform({ x: toLine(forNoise) }).batches(forOrder, size);
    },
  };
}
