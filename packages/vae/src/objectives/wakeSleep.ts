import {
  type Batch,
  checkCount,
  checkOptions,
  detach,
  type Key,
  logSumExp,
  OptionError,
  softmax,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LatentVariableModel, Objective } from '../contracts.js';
import { checkScores } from './checkPosterior.js';
import { withGradientOf } from './gradients.js';

/** What teaches the posterior. */
const teachers = ['sleep', 'wake', 'both'] as const;

/** Options of {@link wakeSleep}. */
export interface WakeSleepOptions {
  /** k: draws of z for each x; 1 by default, which is wake-sleep as it was first, more is reweighted wake-sleep. */
  readonly draws?: number;
  /**
   * What the posterior learns from:
   * `'sleep'`, pairs (x, z) that the model dreams, z ~ p(z), x ~ p(x | z);
   * `'wake'`, data and its own draws, reweighted by their importance;
   * `'both'`, the mean of the two.
   * By default `'sleep'` for one draw, `'both'` for more.
   */
  readonly posteriorFrom?: (typeof teachers)[number];
}

/** Weighted draws for prior and likelihood; for the posterior weighted draws, dreams, or both. */
class WakeSleep extends Objective {
  constructor(
    private readonly draws: number,
    private readonly posteriorFrom: (typeof teachers)[number],
  ) {
    super();
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const { draws, posteriorFrom } = this;
      const [forZ, forDream] = key.split(2);
      const q = model.posteriorAt(x, context);
      checkScores('wakeSleep', q);
      const z = untracked(() => q.sample(forZ, [draws]));
      const logQ = q.logProb(z);
      const logJoint = tf.add(
        model.likelihoodAt(z, context).logProb(x),
        model.priorAt(context).logProb(z),
      );
      const logWeights = detach(tf.sub(logJoint, logQ));
      const weights = softmax(logWeights, 0);
      const awake = (logProb: Tensor) => tf.neg(tf.mean(tf.sum(tf.mul(weights, logProb), 0)));
      const ofPosterior = {
        sleep: () => this.asleep(model, x.shape[0], context, forDream),
        wake: () => awake(logQ),
        both: () =>
          tf.mul(0.5, tf.add(awake(logQ), this.asleep(model, x.shape[0], context, forDream))),
      }[posteriorFrom]();
      const bound = tf.sub(Math.log(draws), tf.mean(logSumExp(logWeights, 0)));
      return withGradientOf(bound, tf.add(awake(logJoint), ofPosterior));
    });
  }

  /** The mean of -log q(z | x) at what the model draws, one pair for each row. */
  private asleep(
    model: LatentVariableModel,
    rows: number,
    context: Tensor | undefined,
    key: Key,
  ): Tensor {
    const [forZ, forX] = key.split(2);
    const z = untracked(() => {
      const p = model.priorAt(context);
      return p.sample(forZ, p.batchShape.length === 0 ? [rows] : []);
    });
    const x = untracked(() => model.likelihoodAt(z, context).sample(forX));
    return tf.neg(tf.mean(model.posteriorAt(x, context).logProb(z)));
  }
}

/**
 * Wake-sleep and reweighted wake-sleep: prior and likelihood learn from the posterior's draws, each weighed by its
 * share w_i / sum_j w_j, w_i = p(x, z_i) / q(z_i | x), and the posterior learns to be close to p(z | x) from data,
 * dreams or both.
 *
 * No gradient goes through a draw, so latents may be discrete. The posterior descends KL(p(z | x) || q(z | x)), the
 * other divergence than that of {@link elbo}; what it descends is no bound, but the value of the loss is that of {@link
 * iwae}. Gradients are exact in the limit of many draws, and those of `'sleep'` with any number for data as the model
 * draws it.
 *
 * Likelihood and prior are asked for `logProb` and learn by its gradient; those that learn by their loss alone stay as
 * they are.
 *
 * Sources: Hinton et al., "The wake-sleep algorithm for unsupervised neural networks", Science 268, 1995; Bornschein
 * and Bengio, "Reweighted wake-sleep", arXiv:1406.2751.
 *
 * @throws OptionError or DomainError for options that are unknown, outside their domain or do not go together
 *
 * @example
 * ```ts
 * import { wakeSleep } from '@pushforward/vae';
 * const objective = wakeSleep({ draws: 10 });
 * ```
 */
export function wakeSleep(options: WakeSleepOptions = {}): Objective {
  checkOptions('wakeSleep', options, ['draws', 'posteriorFrom']);
  const { draws = 1 } = options;
  checkCount('wakeSleep', 'draws', draws, 1);
  const { posteriorFrom = draws === 1 ? 'sleep' : 'both' } = options;
  if (!teachers.includes(posteriorFrom))
    throw new OptionError(
      `wakeSleep: posteriorFrom must be one of ${teachers.join(', ')}, got ${posteriorFrom}.`,
    );
  if (draws === 1 && posteriorFrom !== 'sleep')
    throw new OptionError(
      "wakeSleep: the posterior learns from 'wake' by comparing draws; take 2 or more, or 'sleep'.",
    );
  return new WakeSleep(draws, posteriorFrom);
}
