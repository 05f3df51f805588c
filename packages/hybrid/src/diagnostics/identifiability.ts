import {
  type Batch,
  checkCount,
  checkOptions,
  cholesky,
  type Key,
  type Tensor,
  triangularSolve,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { HybridModel } from '../model.js';
import { mean, parameterDraws, standardDeviation } from './draws.js';

/** Options of {@link identifiability}. */
export interface IdentifiabilityOptions {
  /** Draws for each trajectory; 200 by default. */
  readonly draws?: number;
}

/** How well one parameter can be told. Deviations are means over trajectories, in the parameter's own unit. */
export interface ParameterIdentifiability {
  /** Standard deviation of the posterior. */
  readonly posterior: number;
  /** That of a parameter anywhere in its range. */
  readonly prior: number;
  /** 1 - (posterior / prior)^2: how much of what was not known is known now. */
  readonly contraction: number;
  /**
   * The least standard deviation that the trajectories allow: the square root of a diagonal entry of (J^T S^-1 J + P^-1)^-1, with the
   * slopes J of the model's response by all latent numbers in the middle of the posterior, the variances S of the noise and P of the
   * prior (Cramer, Rao and van Trees, for a response that is a straight line there and a prior that is normal, which that of ranges
   * is not). As large as that of the prior where the response does not depend on the parameter, and large where others do the same.
   */
  readonly bound: number;
}

/**
 * Whether trajectories tell the expert's parameters: how wide their posteriors are, and how narrow they can be.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.6.
 *
 * @param observed trajectories of the length of training
 * @throws OptionError or DomainError for options that are unknown or outside their domain, or a posterior without a middle
 */
export function identifiability(
  model: HybridModel,
  key: Key,
  observed: Batch,
  options: IdentifiabilityOptions = {},
): Record<string, ParameterIdentifiability> {
  checkOptions('identifiability', options, ['draws']);
  const { draws = 200 } = options;
  checkCount('identifiability', 'draws', draws, 2);
  const drawn = parameterDraws(model, key, observed, draws);
  const bounds = boundsOf(model, observed);
  const { names, low, high } = model.expert;
  return Object.fromEntries(
    names.map((name, i) => {
      const columns = drawn[name]![0]!.map((_, b) => drawn[name]!.map((row) => row[b]!));
      const posterior = mean(columns.map(standardDeviation));
      const prior = (high[i]! - low[i]!) / Math.sqrt(12);
      const contraction = 1 - (posterior / prior) ** 2;
      return [name, { posterior, prior, contraction, bound: bounds[i]! }];
    }),
  );
}

/** Of each parameter the mean over trajectories of the square root of the diagonal of (J^T S^-1 J + P^-1)^-1. */
function boundsOf(model: HybridModel, { x, context }: Batch): number[] {
  return tf.tidy(() => {
    const { expert, decoder } = model;
    const n = x.shape[0];
    const size = model.latentSize;
    const flat = tf.concat([tf.reshape(x, [n, -1]), context!], 1);
    const z = model.posterior.middle(flat);
    const priors = Array.from({ length: size }, (_, i) =>
      i < expert.names.length ? (expert.high[i]! - expert.low[i]!) / Math.sqrt(12) : 1,
    );
    // Slopes in units of the prior's deviations, by central differences.
    const slopes = priors.map((deviation, i) => {
      const step = 0.02 * deviation;
      const along = tf.tensor1d(priors.map((_, j) => (i === j ? step : 0)));
      const [up, down] = [tf.add(z, along), tf.sub(z, along)].map((at) =>
        tf.div(decoder.respond(at, context!), model.noise.scale()),
      );
      return tf.reshape(tf.div(tf.sub(up!, down!), 0.04), [n, -1]);
    });
    const jacobian = tf.stack(slopes, 1);
    const information = tf.add(tf.matMul(jacobian, jacobian, false, true), tf.eye(size));
    const deviations = tf.sqrt(diagonalOfInverse(information, size));
    const own = tf.mul(tf.mean(deviations, 0), priors);
    return Array.from(own.dataSync()).slice(0, expert.names.length);
  });
}

/** The diagonal of A^-1 = L^-T L^-1 for A = L L^T, `[N, D, D]` -> `[N, D]`. */
function diagonalOfInverse(A: Tensor, size: number): Tensor {
  const identity = tf.tile(tf.expandDims(tf.eye(size), 0), [A.shape[0], 1, 1]);
  return tf.sum(tf.square(triangularSolve(cholesky(A), identity)), 1);
}
