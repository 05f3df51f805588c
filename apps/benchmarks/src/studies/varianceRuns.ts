import type { Key, Tensor } from '@pushforward/tensors';
import { type Family, gaussian, type VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { boundsOf, divergenceOf } from './bounds.js';
import type { Control } from './learn.js';
import { estimate } from './score.js';
import { aboutSinusoid } from './sinusoid.js';
import { type Measured, measure, type Training, withSinusoidModel } from './sinusoidModels.js';

/** Where sigma comes from: one number that is learned by gradient or in closed form, sigma(z), or a number that is fixed. */
export type Origin = 'learned' | 'closed form' | 'local' | number;

/** Where a model is after an epoch: means over rows, in nats. */
export interface Moment {
  readonly epoch: number;
  /** E[-log p(x | z)]. */
  readonly reconstruction: number;
  /** KL(q(z | x) || p(z)). */
  readonly divergence: number;
  /** sigma, at the latents' origin where it depends on z. */
  readonly scale: number;
}

/** What came of a model, and on what way. */
export interface Trained extends Measured {
  readonly origin: Origin;
  readonly path: readonly Moment[];
}

/** Models that differ in where their sigma comes from. */
export interface VarianceModels {
  readonly learned: Trained;
  readonly closed: Trained;
  readonly local: Trained;
  /** Fixed from the start at what was learned. */
  readonly same: Trained;
  /** Fixed, from the smallest sigma to the largest. */
  readonly fixed: readonly Trained[];
}

/** Points on which a model is watched. */
const watched = 500;
/** sigma before training: of the order of the deviation of the data, as the source recommends. */
const start = 1;

/**
 * Trains a model of points about the sinusoid and measures it.
 *
 * @param keys with the same key for measuring the rows of several models are the same
 */
export function trainWith(
  origin: Origin,
  keys: { readonly training: Key; readonly measuring: Key },
  training: Training,
  control: Control,
): Promise<Trained> {
  const [forModel, forPath] = keys.training.split(2);
  const { family, calibrate } = likelihoodOf(origin);
  const path: Moment[] = [];
  const settle = async <T>(model: VAE, use: (x: Tensor) => Promise<T>): Promise<T> => {
    const x = aboutSinusoid(forPath, watched);
    calibrate?.(forPath, model, x);
    const value = await use(x);
    x.dispose();
    return value;
  };
  return withSinusoidModel(
    forModel,
    family,
    training,
    control,
    (model) =>
      settle(model, async () => ({ origin, path, ...(await measure(keys.measuring, model)) })),
    (model) =>
      settle(model, async (x) => {
        const bounds = await boundsOf(forPath, model, x);
        path.push({
          epoch: path.length + 1,
          reconstruction: -estimate(bounds.reconstruction).mean,
          divergence: divergenceOf(bounds),
          scale: await scaleAtOrigin(model),
        });
      }),
  );
}

interface Likelihood {
  readonly family: Family;
  /** Stores the best sigma for x, where it is not learned by gradient. */
  readonly calibrate?: (key: Key, model: VAE, x: Tensor) => void;
}

function likelihoodOf(origin: Origin): Likelihood {
  if (origin === 'learned') return { family: gaussian(2, { scale: start }) };
  if (origin === 'local')
    return { family: gaussian(2, { variance: 'predicted', perCoordinate: false, scale: start }) };
  if (origin !== 'closed form')
    return { family: gaussian(2, { variance: 'fixed', scale: origin }) };
  const family = gaussian(2, { variance: 'batch', scale: start });
  return {
    family,
    calibrate: (key, model, x) => {
      tf.tidy(() => {
        family.calibrate(x, model.reconstruct(key, x));
      });
    },
  };
}

async function scaleAtOrigin(model: VAE): Promise<number> {
  const scale = tf.tidy(() =>
    tf.mean(tf.sqrt(model.likelihoodAt(tf.zeros([model.latentSize])).variance!())),
  );
  const [value] = await scale.data();
  scale.dispose();
  return value!;
}

/**
 * e^2 / (D sigma^2) for a sigma that is the same for all: 1 where sigma is the best for what is reconstructed, equation 7.3.
 * From E[log p(x | z)] = -D/2 log(2 pi) - D log sigma - e^2 / (2 sigma^2), D = 2.
 */
export function errorOverVariance({ bounds, scales }: Measured): number {
  return -estimate(bounds.reconstruction).mean - Math.log(2 * Math.PI) - 2 * Math.log(scales[0]!);
}

/** The share of the bound's whole rise from the first epoch on that is done after so many. */
export function riseAfter({ path }: Trained, epochs: number): number {
  const loss = ({ reconstruction, divergence }: Moment) => reconstruction + divergence;
  const [first, last] = [loss(path[0]!), loss(path.at(-1)!)];
  return (first - loss(path[Math.min(epochs, path.length) - 1]!)) / (first - last);
}
