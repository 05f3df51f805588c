import type { Split } from '@pushforward/datasets';
import type { Pushforward } from '@pushforward/distributions';
import type { Key, Learner } from '@pushforward/tensors';
import {
  cosine,
  type FitData,
  type FitOptions,
  type FitResult,
  fit,
  type Progress,
} from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import type { Curve } from '../charts/curves.js';
import type { Rows } from '../charts/pairs.js';
import { Interrupted } from '../interrupted.js';

/** How a learner is trained. */
export type Recipe = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate'>> &
  Pick<FitOptions, 'adam' | 'patience' | 'checkpoint' | 'resume' | 'onEpoch'>;

/** Adam with the momenta of its authors, where a source asks for them and an auto-encoder would for less. */
export const usualAdam = { beta1: 0.9, beta2: 0.999 } as const;

/** What the command line has to say in a run: when to stop, and where to show how far it is. */
export interface Control {
  readonly signal: AbortSignal;
  readonly progress: () => Progress;
}

/**
 * Trains a flow, or another learner, with Adam, a learning rate that falls along half a cosine and gradients clipped to
 * norm 5; it keeps the weights of the epoch that was best on the validation part, or of the last where there is none.
 *
 * @throws Interrupted after Ctrl-C
 */
export async function train(
  key: Key,
  learner: Learner,
  data: FitData,
  recipe: Recipe,
  { signal, progress }: Control,
): Promise<FitResult> {
  const result = await fit(learner, data, {
    key,
    schedule: cosine(),
    clipNorm: 5,
    signal,
    progress: progress(),
    ...recipe,
  });
  if (result.stopReason === 'aborted') throw new Interrupted();
  return result;
}

/**
 * Trains as {@link train} does, on parts of data that may have others.
 *
 * @returns how its losses went
 */
export async function learn(
  key: Key,
  learner: Learner,
  data: Required<FitData>,
  recipe: Recipe,
  control: Control,
): Promise<Omit<Curve, 'label'>> {
  const parts = { train: data.train, validation: data.validation };
  const { history, bestEpoch } = await train(key, learner, parts, recipe, control);
  return {
    train: history.map(({ trainLoss }) => trainLoss),
    validation: history.map(({ validationLoss }) => validationLoss!),
    best: bestEpoch!,
  };
}

/** Builds a flow, or another learner, trains it as {@link learn} does, hands it on, and frees it. */
export async function withTrained<L extends Learner, T>(
  key: Key,
  build: (key: Key) => L,
  data: Required<FitData>,
  recipe: Recipe,
  control: Control,
  use: (learner: L) => Promise<T>,
): Promise<T> {
  const [forLearner, forTraining] = key.split(2);
  const learner = build(forLearner);
  try {
    await learn(forTraining, learner, data, recipe, control);
    return await use(learner);
  } finally {
    learner.dispose();
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
