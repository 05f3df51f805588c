import type { Batch, Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { HybridModel } from '../model.js';

/** Draws of each of the expert's parameters, on the host: `[draws][trajectories]`. */
export function parameterDraws(
  model: HybridModel,
  key: Key,
  observed: Batch,
  draws: number,
): Record<string, number[][]> {
  return tf.tidy(() => {
    const z = model.posteriorAt(observed.x, observed.context).sample(key, [draws]);
    const ze = tf.slice(z, [0, 0, 0], [-1, -1, model.expert.names.length]);
    return Object.fromEntries(
      Object.entries(model.expert.named(ze)).map(([name, values]) => [
        name,
        values.arraySync() as number[][],
      ]),
    );
  });
}

/**
 * The numbers between which the middle share of a law lies, by draws of it: number i of n in order stands for the quantile
 * i / (n + 1), so that another draw is between them as often as it should be.
 */
export function centralInterval(values: readonly number[], share: number): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number) => {
    const last = sorted.length - 1;
    const place = Math.min(Math.max(p * (last + 2) - 1, 0), last);
    const below = Math.floor(place);
    const above = Math.min(below + 1, last);
    return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
  };
  return [at((1 - share) / 2), at((1 + share) / 2)];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a law, by two draws of it or more. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
