import type { Distribution } from '@pushforward/distributions';
import { checkAbove, checkCount, checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { LatentVariableModel } from '../contracts.js';
import { kullbackLeibler } from '../divergence.js';
import { mixtureOf } from './aggregatedPosterior.js';

/** Options of {@link latentReport}. */
export interface LatentReportOptions {
  /** Context of each row, shape `[N, C]`, of a conditional model. */
  readonly context?: Tensor;
  /** Draws of z for each x; 1 by default. */
  readonly draws?: number;
  /** The variance of a posterior's mean over the data above which a latent counts as active; 0.01 by default. */
  readonly threshold?: number;
}

/** What becomes of the data's information on its way through the latents, means over rows, in nats. */
export interface LatentReport {
  /** E log p(x | z). */
  readonly reconstruction: number;
  /** E KL(q(z | x) || p(z)): what the latents cost, the sum of the next two. */
  readonly divergence: number;
  /** I(x; z) under q: how much the latents tell of the data; at most log N. */
  readonly mutualInformation: number;
  /** KL(q(z) || p(z)): how far the latents of all data are from the prior's; of a conditional prior, the sum's rest. */
  readonly aggregatedDivergence: number;
  /** The divergence of each latent, where it is in closed form and theirs are told apart; else one number. */
  readonly divergences: readonly number[];
  /**
   * The variance of each latent's posterior mean over the data; where that has no closed form, estimated by draws of
   * its own.
   */
  readonly meanVariances: readonly number[];
  /** How many of these are above the threshold; 0 where the posterior has collapsed to the prior. */
  readonly activeUnits: number;
  /**
   * How much log p(x | z) varies with z ~ p(z), the root of its mean variance: 0 where the likelihood ignores its
   * latents. With a divergence of 0 beside it neither network speaks to the other, which is what posterior collapse is;
   * alone it says which of the two has stopped to listen.
   */
  readonly likelihoodDeviation: number;
}

/** Draws of the prior that a likelihood is looked at with. */
const PRIOR_DRAWS = 16;
/** Draws that the means of a posterior are estimated from which has none in closed form. */
const MEAN_DRAWS = 64;

/**
 * Says whether latents are used, by the posterior and by the likelihood, and whether the prior draws such as are used.
 *
 * The divergence is taken apart as E KL(q(z | x) || p(z)) = I(x; z) + KL(q(z) || p(z)), q(z) = 1/N sum_n q(z | x_n),
 * over the rows given. All but `divergences` and `meanVariances` are estimated at draws; time and memory grow with N^2,
 * so that some hundreds of rows are a good number.
 *
 * Sources: Hoffman and Johnson, "ELBO surgery", NIPS workshop 2016; Burda, Grosse and Salakhutdinov, arXiv:1509.00519,
 * for active units; Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section
 * 5.4, for the two sides of collapse.
 *
 * @param x shape `[N, ...event]`
 * @throws OptionError or DomainError for options that are unknown or outside their domain, ShapeError unless x has rows
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, latentReport, perceptron, vae } from '@pushforward/vae';
 * const networks = { encoder: perceptron([8]), decoder: perceptron([8]) };
 * const model = vae(Key.from(1), { likelihood: bernoulli(6), latent: 2, ...networks });
 * const { activeUnits } = await latentReport(Key.from(3), model, Key.from(2).bernoulli(0.5, [10, 6]));
 * console.log(activeUnits); // 0: it has not been trained
 * ```
 */
export async function latentReport(
  key: Key,
  model: LatentVariableModel,
  x: Tensor,
  options: LatentReportOptions = {},
): Promise<LatentReport> {
  checkOptions('latentReport', options, ['context', 'draws', 'threshold']);
  const { context, draws = 1, threshold = 0.01 } = options;
  checkCount('latentReport', 'draws', draws, 1);
  checkAbove('latentReport', 'threshold', threshold, 0);
  const tensors = tf.tidy(() => {
    const q = model.posteriorAt(x, context);
    const p = model.priorAt(context);
    const [forPosterior, forPrior, forMeans] = key.split(3);
    const [z, logQ] = q.sampleAndLogProb(forPosterior, [draws]);
    const logPrior = p.logProb(z);
    const parts = kullbackLeibler(q, p) ?? tf.expandDims(tf.mean(tf.sub(logQ, logPrior), 0), -1);
    const averages = [
      model.likelihoodAt(z, context).logProb(x),
      logQ,
      logPrior,
      mixtureOf(q).logProb(z),
    ];
    const anyZ = p.sample(forPrior, [
      PRIOR_DRAWS,
      ...(p.batchShape.length === 0 ? q.batchShape : []),
    ]);
    const { variance } = tf.moments(model.likelihoodAt(anyZ, context).logProb(x), 0);
    const unbiased = tf.mul(PRIOR_DRAWS / (PRIOR_DRAWS - 1), tf.mean(variance));
    return [
      tf.stack([...averages.map((each) => tf.mean(each)), tf.sqrt(unbiased)]),
      tf.mean(parts, 0),
      varianceOfMeans(forMeans, q),
    ];
  });
  const [averages, divergences, meanVariances] = (await Promise.all(
    tensors.map(async (tensor) => [...(await tensor.data())]),
  )) as [number[], number[], number[]];
  tf.dispose(tensors);
  const [reconstruction, logPosterior, logPrior, logAggregated, likelihoodDeviation] = averages as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    reconstruction,
    divergence: logPosterior - logPrior,
    mutualInformation: logPosterior - logAggregated,
    aggregatedDivergence: logAggregated - logPrior,
    divergences,
    meanVariances,
    activeUnits: meanVariances.filter((variance) => variance > threshold).length,
    likelihoodDeviation,
  };
}

/** Over the rows, of each latent: `[L]`. */
function varianceOfMeans(key: Key, q: Distribution): Tensor {
  if (q.mean !== undefined) return tf.moments(q.mean(), 0).variance;
  const { mean, variance } = tf.moments(q.sample(key, [MEAN_DRAWS]), 0);
  // Means of draws vary by an n-th of the draws' variance more.
  const noise = tf.div(tf.mean(variance, 0), MEAN_DRAWS - 1);
  return tf.relu(tf.sub(tf.moments(mean, 0).variance, noise));
}
