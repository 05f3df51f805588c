import type { Split } from '@pushforward/datasets';
import type { Pushforward } from '@pushforward/distributions';
import type { Key } from '@pushforward/tensors';
import {
  cosine,
  type FitOptions,
  fit,
  type Progress,
  type TrainingData,
} from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import type { Curve } from '../charts/curves.js';
import type { Rows } from '../charts/pairs.js';
import { Interrupted } from '../interrupted.js';

/** How a flow is trained. */
export type Recipe = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate'>> &
  Pick<FitOptions, 'patience' | 'checkpoint' | 'resume'>;

/** What the command line has to say in a run: when to stop, and where to show how far it is. */
export interface Control {
  readonly signal: AbortSignal;
  readonly progress: () => Progress;
}

/**
 * Trains a flow with Adam, a learning rate that falls along half a cosine and gradients clipped to norm 5; it keeps the
 * weights of the epoch that was best on the validation part.
 *
 * @returns how its losses went
 * @throws Interrupted after Ctrl-C
 */
export async function learn(
  key: Key,
  flow: Pushforward,
  data: { train: TrainingData; validation: Split },
  recipe: Recipe,
  { signal, progress }: Control,
): Promise<Omit<Curve, 'label'>> {
  const { train, validation } = data;
  const { history, bestEpoch, stopReason } = await fit(
    flow,
    { train, validation },
    {
      key,
      schedule: cosine(),
      clipNorm: 5,
      signal,
      progress: progress(),
      ...recipe,
    },
  );
  if (stopReason === 'aborted') throw new Interrupted();
  return {
    train: history.map(({ trainLoss }) => trainLoss),
    validation: history.map(({ validationLoss }) => validationLoss!),
    best: bestEpoch!,
  };
}

/** Builds a flow, trains it as {@link learn} does, hands it on, and frees it. */
export async function withTrained<T>(
  key: Key,
  build: (key: Key) => Pushforward,
  data: { train: TrainingData; validation: Split },
  recipe: Recipe,
  control: Control,
  use: (flow: Pushforward) => Promise<T>,
): Promise<T> {
  const [forFlow, forTraining] = key.split(2);
  const flow = build(forFlow);
  try {
    await learn(forTraining, flow, data, recipe, control);
    return await use(flow);
  } finally {
    flow.dispose();
  }
}

/** The latents z = g(x) of rows. */
export async function latentsOf(flow: Pushforward, split: Split): Promise<Rows> {
  const z = tf.tidy(() => {
    const { x, context } = split.batch();
    return flow.bijector.inverse(x, context) as tf.Tensor2D;
  });
  const rows = await z.array();
  z.dispose();
  return rows;
}

/** Draws, one array a row. */
export async function draw(flow: Pushforward, key: Key, count: number): Promise<Rows> {
  const x = flow.sample(key, [count]) as tf.Tensor2D;
  const rows = await x.array();
  x.dispose();
  return rows;
}
