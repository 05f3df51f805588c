import {
  checkCount,
  checkOptions,
  type Key,
  max,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { LatentVariableModel } from '../contracts.js';
import { kullbackLeibler } from '../divergence.js';

/** Options of {@link anomalyScores}. */
export interface AnomalyScoreOptions {
  /** Context of each row, shape `[N, C]`, of a conditional model. */
  readonly context?: Tensor;
  /** Draws of z for each x, over which scores are averaged; 1 by default. */
  readonly draws?: number;
}

/** How unusual each row is, in two ways; larger is more so. */
export interface AnomalyScores {
  /**
   * max_i |x_i - mean_i| / deviation_i of the likelihood at z, shape `[N]`: a number that the others do not let one
   * expect, as when one sensor fails.
   */
  readonly residual: Tensor;
  /**
   * KL(q(z | x, c) || p(z | c)) in nats, shape `[N]`: numbers that go together, but not with the context, as when what
   * several sensors depend on fails.
   */
  readonly divergence: Tensor;
}

/**
 * The two scores of typed anomaly detection: large changes of single numbers show in the residual, small ones of many
 * in the divergence, and in the latter the better the more of x the context explains.
 *
 * Source: Pol et al., "Anomaly detection with conditional variational autoencoders", ICMLA 2019, arXiv:2010.05531;
 * Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), eq. 8.3.
 *
 * @param model whose likelihood has a mean and a variance, best one that is predicted
 * @param x shape `[N, D]`
 * @throws OptionError or DomainError for options that are unknown or outside their domain, and for a likelihood without
 * moments
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { anomalyScores, gaussian, perceptron, vae } from '@pushforward/vae';
 * const likelihood = gaussian(6, { variance: 'predicted' });
 * const networks = { encoder: perceptron([8]), decoder: perceptron([8]) };
 * const model = vae(Key.from(1), { likelihood, latent: 2, context: 3, ...networks });
 * const [x, context] = [Key.from(2).normal([10, 6]), Key.from(3).normal([10, 3])];
 * const { residual, divergence } = anomalyScores(Key.from(4), model, x, { context }); // [10] each
 * ```
 */
export function anomalyScores(
  key: Key,
  model: LatentVariableModel,
  x: Tensor,
  options: AnomalyScoreOptions = {},
): AnomalyScores {
  checkOptions('anomalyScores', options, ['context', 'draws']);
  const { context, draws = 1 } = options;
  checkCount('anomalyScores', 'draws', draws, 1);
  const [residual, divergence] = tf.tidy((): [Tensor, Tensor] => {
    const q = model.posteriorAt(x, context);
    const p = model.priorAt(context);
    const [z, logQ] = q.sampleAndLogProb(key, [draws]);
    const law = model.likelihoodAt(z, context);
    if (law.mean === undefined || law.variance === undefined)
      throw new OptionError('anomalyScores: the likelihood must have a mean and a variance.');
    const residuals = tf.div(tf.abs(tf.sub(x, law.mean())), tf.sqrt(law.variance()));
    const closed = kullbackLeibler(q, p);
    return [
      tf.mean(max(residuals), 0),
      closed === undefined ? tf.mean(tf.sub(logQ, p.logProb(z)), 0) : tf.sum(closed, -1),
    ];
  });
  return { residual, divergence };
}
