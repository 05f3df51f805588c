import {
  type Batch,
  checkAbove,
  checkCount,
  checkOptions,
  detach,
  type EpochReport,
  type Key,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import { type LatentVariableModel, Objective } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { hybridOf } from './hybridOf.js';

/** Options of {@link aphynity}. */
export interface AphynityOptions {
  /** lambda_0: how much the fit counts at the start, > 0; 1 by default. */
  readonly lambda?: number;
  /** tau_2: what the error adds to lambda, > 0; 1 by default. */
  readonly tau?: number;
  /** n: epochs between two such additions; 1 by default. */
  readonly every?: number;
}

/** lambda |y - y'|^2 + |F_a|^2. */
class Aphynity extends Objective {
  /** lambda. */
  private readonly lambda: Variable;
  /** The errors of the steps since lambda has grown, added up, and how many. */
  private readonly errors: Variable;
  private readonly steps: Variable;

  constructor(private readonly options: Required<AphynityOptions>) {
    super();
    this.lambda = state(() => tf.scalar(options.lambda));
    this.errors = state(() => tf.scalar(0));
    this.steps = state(() => tf.scalar(0));
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    const hybrid = hybridOf('aphynity', model);
    return tf.tidy(() => {
      const z = hybrid.posteriorAt(x, context).sample(key);
      const residuals = tf.sub(x, hybrid.decoder.respond(z, context!));
      const error = tf.mean(tf.square(residuals));
      if (tf.engine().isTapeOn()) this.count(error);
      const bound = tf.mul(this.lambda, error);
      const simple = hybrid.decoder.distance(z, context!, x);
      return tf.add(tf.add(bound, simple), this.noiseOnly(hybrid.noise.scale(), residuals));
    });
  }

  override endOfEpoch({ epoch }: EpochReport): boolean {
    const { every, tau } = this.options;
    if (epoch % every !== 0) return false;
    tf.tidy(() => {
      const mean = tf.div(this.errors, tf.maximum(this.steps, 1));
      this.lambda.assign(tf.add(this.lambda, tf.mul(tau, mean)));
      this.errors.assign(tf.scalar(0));
      this.steps.assign(tf.scalar(0));
    });
    return true;
  }

  /** Takes note of an error in training. */
  private count(error: Tensor): void {
    this.errors.assign(tf.add(this.errors, detach(error)));
    this.steps.assign(tf.add(this.steps, 1));
  }

  /** Zero, with the gradient by which the scale of the noise, `[O]`, learns from what is left. */
  private noiseOnly(scale: Tensor, residuals: Tensor): Tensor {
    const square = tf.square(tf.div(detach(residuals), scale));
    const cost = tf.mean(tf.add(tf.mul(0.5, square), tf.log(scale)));
    return tf.sub(cost, detach(cost));
  }
}

/**
 * As much as possible by the expert, and the rest by what is learned: min |F_a|^2 subject to a perfect fit, by a Lagrangian whose
 * multiplier grows with the error. The loss is lambda MSE + |F_a|^2; behind every n epochs lambda <- lambda + tau_2 MSE, with the
 * mean squared error of the steps in between. Any posterior goes with it, also one that is certain, `dirac`. The scale of the
 * noise learns beside from what is left, and changes nothing else.
 *
 * |F_a|^2 is its mean over the states that were seen, or over the model's own where they are seen in part; of a decoder that is not
 * additive it is that of |y - y_e|^2.
 *
 * Source: Yin et al., "Augmenting physical models with deep networks for complex dynamics forecasting", arXiv:2010.04456,
 * section 3.2; Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, eq. 7.2.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { aphynity } from '@pushforward/hybrid';
 * const objective = aphynity({ lambda: 10, tau: 5, every: 5 });
 * ```
 */
export function aphynity(options: AphynityOptions = {}): Objective {
  checkOptions('aphynity', options, ['lambda', 'tau', 'every']);
  const { lambda = 1, tau = 1, every = 1 } = options;
  checkAbove('aphynity', 'lambda', lambda, 0);
  checkAbove('aphynity', 'tau', tau, 0);
  checkCount('aphynity', 'every', every, 1);
  return new Aphynity({ lambda, tau, every });
}
