import {
  type Batch,
  checkCount,
  checkOptions,
  detach,
  type Key,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LatentVariableModel, Objective } from '../contracts.js';
import { checkScores } from './checkPosterior.js';
import { withGradientOf } from './gradients.js';

/** Options of {@link leaveOneOut}. */
export interface LeaveOneOutOptions {
  /** k: draws of z for each x, >= 2; 4 by default. */
  readonly draws?: number;
}

/** The mean cost, with the score of each draw weighed by its cost less that of the others. */
class LeaveOneOut extends Objective {
  constructor(private readonly draws: number) {
    super();
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const { draws } = this;
      const [forZ, forPrior] = key.split(2);
      const q = model.posteriorAt(x, context);
      checkScores('leaveOneOut', q);
      const p = model.priorAt(context);
      const z = untracked(() => q.sample(forZ, [draws]));
      const logQ = q.logProb(z);
      const logLikelihood = model.likelihoodAt(z, context).logProb(x);
      // The mean score of q is 0, so that log q in the cost needs no gradient.
      const costs = detach(tf.sub(logQ, tf.add(logLikelihood, p.logProb(z))));
      const excess = tf.sub(costs, tf.mean(costs, 0, true));
      const score = tf.mul(draws / (draws - 1), tf.mean(tf.mul(excess, logQ)));
      // The prior learns by its loss, which those have whose density does not reach their weights.
      const ofModel = tf.sub(p.loss({ x: z }, forPrior), tf.mean(logLikelihood));
      return withGradientOf(tf.mean(costs), tf.add(score, ofModel));
    });
  }
}

/**
 * The evidence lower bound for posteriors whose draws carry no gradient, such as Bernoulli latents, with an unbiased
 * gradient: 1/k sum_i (c_i - mean of the other c_j) grad log q(z_i), c = log q(z) - log p(x, z), and the gradient of c
 * in p.
 *
 * The bound `elbo` would leave the posterior without what the likelihood has to say. Likelihood and prior are asked for
 * `logProb`, the prior for its loss too.
 *
 * Source: Williams, "Simple statistical gradient-following algorithms", Machine Learning 1992; Kool, van Hoof and
 * Welling, "Buy 4 REINFORCE samples, get a baseline for free!", ICLR workshop 2019, eq. 8.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { Bernoulli, Independent } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, leaveOneOut, vae } from '@pushforward/vae';
 * const model = vae(Key.from(1), {
 *   likelihood: bernoulli(64),
 *   posterior: bernoulli(20),
 *   prior: new Independent(new Bernoulli(Array<number>(20).fill(0)), 1),
 *   objective: leaveOneOut({ draws: 4 }),
 * });
 * ```
 */
export function leaveOneOut(options: LeaveOneOutOptions = {}): Objective {
  checkOptions('leaveOneOut', options, ['draws']);
  const { draws = 4 } = options;
  checkCount('leaveOneOut', 'draws', draws, 2);
  return new LeaveOneOut(draws);
}
