import {
  type Batch,
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  logSumExp,
  OptionError,
  softmax,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LatentVariableModel, Objective } from '../contracts.js';
import { checkDensities, checkDraws } from './checkPosterior.js';
import { alongPath, scaleGradient, withGradientOf } from './gradients.js';

/** Options of {@link iwae}. */
export interface IwaeOptions {
  /** k: draws of z for each x and bound. */
  readonly draws: number;
  /**
   * M: bounds of k draws each, whose mean is taken (MIWAE); 1 by default. A mean of many is less tight than one bound
   * of all M k draws, and tells the posterior more.
   */
  readonly bounds?: number;
  /**
   * beta, in [0, 1): the share of the evidence lower bound, from the same draws, in a sum of it and the
   * importance-weighted bound (CIWAE); 0 by default.
   */
  readonly elboShare?: number;
  /**
   * Whether prior and likelihood have the gradient of one bound of all M k draws, whose value the loss then is, and the
   * posterior alone that of the mean of M (PIWAE). False by default.
   */
  readonly partial?: boolean;
  /**
   * Whether gradients are doubly reparameterised: a posterior's gradient then grows in precision with k instead of
   * falling, at the price of a second evaluation of the weights (which compiled programs share). True by default.
   *
   * Source: Tucker et al., "Doubly reparameterized gradient estimators", arXiv:1810.04152.
   */
  readonly doublyReparameterised?: boolean;
}

/** The names of all {@link IwaeOptions}. */
const known = [
  'draws',
  'bounds',
  'elboShare',
  'partial',
  'doublyReparameterised',
] as const satisfies readonly (keyof IwaeOptions)[];

/** Below rounding beside any share that counts, and large enough to divide by. */
const SMALLEST_SHARE = 1e-20;

/** -beta mean_i log w_i - (1 - beta) mean_m log 1/k sum_i w_mi. */
class Iwae extends Objective {
  constructor(private readonly options: Required<IwaeOptions>) {
    super();
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const { draws, bounds, partial, doublyReparameterised } = this.options;
      const q = model.posteriorAt(x, context);
      checkDraws('iwae', q);
      checkDensities('iwae', q);
      const p = model.priorAt(context);
      const [z, logQ] = q.sampleAndLogProb(key, [bounds * draws]);
      const logJoint = (z: Tensor) =>
        tf.add(model.likelihoodAt(z, context).logProb(x), p.logProb(z));
      if (!partial && !doublyReparameterised)
        return this.boundOf(tf.sub(logJoint(z), logQ), bounds);

      const logWeights = untracked(() => tf.sub(logJoint(z), logQ));
      // What is said of p(x, z_i) is weighed by one share, what is said through z_i and by q(z_i | x) by another.
      const shares = untracked(() =>
        tf.maximum(SMALLEST_SHARE, this.sharesOf(logWeights, partial ? 1 : bounds, 1)),
      );
      const sharesOfPath = untracked(() =>
        this.sharesOf(logWeights, bounds, doublyReparameterised ? 2 : 1),
      );
      const scaled = scaleGradient(z, tf.expandDims(tf.div(sharesOfPath, shares), -1));
      const ofPosterior = doublyReparameterised ? alongPath(q, z, logQ) : logQ;
      const surrogate = tf.sub(tf.mul(sharesOfPath, ofPosterior), tf.mul(shares, logJoint(scaled)));
      return withGradientOf(
        this.boundOf(logWeights, partial ? 1 : bounds),
        tf.mean(tf.sum(surrogate, 0)),
      );
    });
  }

  /** The loss from log w, `[M k, ...batch]`. */
  private boundOf(logWeights: Tensor, bounds: number): Tensor {
    const { elboShare } = this.options;
    const groups = grouped(logWeights, bounds);
    const tight = tf.sub(Math.log(groups.shape[1]!), tf.mean(logSumExp(groups, 1)));
    if (elboShare === 0) return tight;
    return tf.sub(tf.mul(1 - elboShare, tight), tf.mul(elboShare, tf.mean(logWeights)));
  }

  /** How much each log w_i counts in the loss, to a power where it is its share of its bound: `[M k, ...batch]`. */
  private sharesOf(logWeights: Tensor, bounds: number, power: number): Tensor {
    const { elboShare } = this.options;
    const within = tf.pow(softmax(grouped(logWeights, bounds), 1), power);
    const shares = tf.mul((1 - elboShare) / bounds, tf.reshape(within, logWeights.shape));
    return tf.add(elboShare / logWeights.shape[0], shares);
  }
}

/** `[M k, ...batch]` -> `[M, k, ...batch]`. */
function grouped(logWeights: Tensor, bounds: number): Tensor {
  return tf.reshape(logWeights, [bounds, -1, ...logWeights.shape.slice(1)]);
}

/**
 * The importance-weighted bound, -log p(x) <= -E[log 1/k sum_i p(x, z_i) / q(z_i | x)], z_1 .. z_k ~ q: the evidence
 * lower bound for k = 1, and tighter with every draw.
 *
 * The tighter the bound, the less its gradient tells the posterior, whose signal falls with k faster than its noise.
 * Doubly reparameterised gradients do not suffer of it; without them `bounds`, `elboShare` and `partial` choose in
 * between.
 *
 * Likelihood and prior are asked for `logProb`; those that only have a bound of it do not serve here.
 *
 * Sources: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", arXiv:1509.00519; for the mean, the sum
 * and the partial bound Rainforth et al., "Tighter variational bounds are not necessarily better", arXiv:1802.04537,
 * section 4.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { iwae } from '@pushforward/vae';
 * const objective = iwae({ draws: 10 });
 * const partial = iwae({ draws: 8, bounds: 8, partial: true });
 * ```
 */
export function iwae(options: IwaeOptions): Objective {
  checkOptions('iwae', options, known);
  const { draws, bounds = 1, elboShare = 0, partial = false } = options;
  const { doublyReparameterised = true } = options;
  checkCount('iwae', 'draws', draws, 1);
  checkCount('iwae', 'bounds', bounds, 1);
  if (!(elboShare >= 0 && elboShare < 1))
    throw new DomainError(`iwae: elboShare must be in [0, 1), got ${elboShare}.`);
  if (partial && bounds === 1)
    throw new OptionError('iwae: partial goes with a mean of bounds, of 2 or more.');
  return new Iwae({ draws, bounds, elboShare, partial, doublyReparameterised });
}
