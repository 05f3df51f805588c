import type { Estimate } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import { type Family, perceptron, type VAE, vae } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import type { Cloud } from '../charts/clouds.js';
import type { Rows } from '../charts/pairs.js';
import { type Bounds, boundsOf, divergenceOf } from './bounds.js';
import { freshData } from './freshData.js';
import { type Control, withTrained } from './learn.js';
import { estimate } from './score.js';
import { aboutSinusoid, meanDistance, sinusoid } from './sinusoid.js';

/** How models of points about the sinusoid are trained. */
export interface Training {
  /** New points in an epoch, 10,000 in the source. */
  readonly rows: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly hidden: readonly number[];
}

/** Ten latents, as in the source. */
const latent = 10;
const testRows = 2000;
/** Points that are held against the sinusoid, and drawn. */
const pointsDrawn = 1000;

/**
 * Trains a model with that likelihood, hands it on, and frees it.
 *
 * @param watch called after every epoch
 */
export function withSinusoidModel<T>(
  key: Key,
  likelihood: Family,
  { rows, hidden, ...recipe }: Training,
  control: Control,
  use: (model: VAE) => Promise<T>,
  watch?: (model: VAE) => Promise<void>,
): Promise<T> {
  const network = perceptron(hidden, 'silu');
  const data = {
    train: freshData(rows, aboutSinusoid),
    validation: freshData(1000, aboutSinusoid),
  };
  let model: VAE;
  const build = (key: Key) => {
    model = vae(key, { likelihood, latent, encoder: network, decoder: network });
    return model;
  };
  const onEpoch = () => watch?.(model);
  return withTrained(key, build, data, { ...recipe, onEpoch }, control, use);
}

/** What a model has made of points about the sinusoid. */
export interface Measured {
  readonly bounds: Bounds;
  readonly elbo: Estimate;
  /** KL(q(z | x) || p(z)), all latents together, in nats. */
  readonly divergence: number;
  /** Latents with more than 0.05 nats of divergence. */
  readonly active: number;
  /** Decoded means at z ~ q(z | x), and at z ~ p(z). */
  readonly reconstructed: Rows;
  readonly generated: Rows;
  /** Draws x ~ p(x | z) at the latter. */
  readonly samples: Rows;
  /** The mean distances of reconstructed and of generated means from the sinusoid, and that of the data. */
  readonly reconstructionError: number;
  readonly generationError: number;
  readonly noise: number;
  /** The mean distance of the sinusoid from reconstructed means: what of it is lost. */
  readonly lost: number;
  /** The standard deviations of p(x | z) at z ~ p(z), in order of size. */
  readonly scales: readonly number[];
}

/** Measures a model on points that it has not seen. */
export async function measure(key: Key, model: VAE): Promise<Measured> {
  const [forData, forBounds, forDraws] = key.split(3);
  const x = aboutSinusoid(forData, testRows);
  const bounds = await boundsOf(forBounds, model, x);
  const tensors = tf.tidy(() => {
    const [forPosterior, forPrior, forSamples] = forDraws.split(3);
    const rows = tf.slice(x, 0, pointsDrawn);
    const law = model.likelihoodAt(model.prior.sample(forPrior, [pointsDrawn]));
    return [
      rows,
      model.reconstruct(forPosterior, rows),
      law.mean!(),
      law.sample(forSamples),
      tf.sqrt(tf.broadcastTo(law.variance!(), [pointsDrawn, 2])),
    ] as tf.Tensor2D[];
  });
  const [data, reconstructed, generated, samples, scales] = await Promise.all(
    tensors.map((tensor) => tensor.array()),
  );
  tf.dispose([x, ...tensors]);
  return {
    bounds,
    elbo: estimate(bounds.elbo),
    divergence: divergenceOf(bounds),
    active: bounds.divergences.filter((divergence) => divergence > 0.05).length,
    ...{ reconstructed: reconstructed!, generated: generated!, samples: samples! },
    reconstructionError: meanDistance(reconstructed!, sinusoid),
    generationError: meanDistance(generated!, sinusoid),
    noise: meanDistance(data!, sinusoid),
    lost: meanDistance(sinusoid, reconstructed!),
    scales: scales!.flat().sort((a, b) => a - b),
  };
}

/** New points, in the first colour, and others over them in the second. */
export function overData(title: string, data: Rows, points: Rows): Cloud {
  return {
    title,
    points: [...data, ...points],
    groups: [...data.map(() => 0), ...points.map(() => 1)],
  };
}

/** So many new points. */
export async function sinusoidData(key: Key, n: number): Promise<Rows> {
  const x = aboutSinusoid(key, n) as tf.Tensor2D;
  const rows = await x.array();
  x.dispose();
  return rows;
}
