import {
  type Batch,
  checkCount,
  checkOptions,
  detach,
  type Key,
  logSumExp,
  softmax,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LatentVariableModel, Objective } from '../contracts.js';
import { alongPath, scaleGradient } from './gradients.js';

/** Options of {@link iwae}. */
export interface IwaeOptions {
  /** k: draws of z for each x. */
  readonly draws: number;
  /**
   * Whether gradients are doubly reparameterised: a posterior's gradient then grows in precision with k instead of falling,
   * at the price of a second evaluation of the weights (which compiled programs share). True by default.
   *
   * Source: Tucker et al., "Doubly reparameterized gradient estimators", arXiv:1810.04152.
   */
  readonly doublyReparameterised?: boolean;
}

/** -log 1/k sum_i w_i. */
class Iwae extends Objective {
  constructor(private readonly options: Required<IwaeOptions>) {
    super();
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const { draws, doublyReparameterised } = this.options;
      const q = model.posteriorAt(x, context);
      const p = model.priorAt(context);
      const [z, logQ] = q.sampleAndLogProb(key, [draws]);
      const logJoint = (z: Tensor) =>
        tf.add(model.likelihoodAt(z, context).logProb(x), p.logProb(z));
      if (!doublyReparameterised) return boundOf(tf.sub(logJoint(z), logQ));

      const logWeights = untracked(() => tf.sub(logJoint(z), logQ));
      const weights = softmax(logWeights, 0);
      // The gradient of log w_i is weighed by its share w_i once more on its way to the posterior.
      const scaled = scaleGradient(z, tf.expandDims(weights, -1));
      const logRatio = tf.sub(logJoint(scaled), alongPath(q, scaled, q.logProb(scaled)));
      const surrogate = tf.neg(tf.mean(tf.sum(tf.mul(weights, logRatio), 0)));
      return tf.add(boundOf(logWeights), tf.sub(surrogate, detach(surrogate)));
    });
  }
}

/** The mean of -log 1/k sum_i w_i, from log w `[k, ...batch]`. */
function boundOf(logWeights: Tensor): Tensor {
  return tf.sub(Math.log(logWeights.shape[0]), tf.mean(logSumExp(logWeights, 0)));
}

/**
 * The importance-weighted bound, -log p(x) <= -E[log 1/k sum_i p(x, z_i) / q(z_i | x)], z_1 .. z_k ~ q: the evidence lower bound
 * for k = 1, and tighter with every draw.
 *
 * Likelihood and prior are asked for `logProb`; those that only have a bound of it do not serve here.
 *
 * Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", arXiv:1509.00519.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { iwae } from '@pushforward/vae';
 * const objective = iwae({ draws: 10 });
 * ```
 */
export function iwae(options: IwaeOptions): Objective {
  checkOptions('iwae', options, ['draws', 'doublyReparameterised']);
  checkCount('iwae', 'draws', options.draws, 1);
  return new Iwae({ doublyReparameterised: true, ...options });
}
