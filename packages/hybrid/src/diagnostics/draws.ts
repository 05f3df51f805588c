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

/** The numbers between which the middle share of values lies, by their order. */
export function centralInterval(values: readonly number[], share: number): [number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number) => {
    const place = p * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
  };
  return [at((1 - share) / 2), at((1 + share) / 2)];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the values themselves, as of all there are. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
