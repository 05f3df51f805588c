import type { Distribution } from '@pushforward/distributions';
import {
  type Batch,
  checkAbove,
  checkCount,
  checkOptions,
  type EpochReport,
  exp,
  type Key,
  OptionError,
  parameter,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LatentVariableModel, Objective } from '../contracts.js';
import { kullbackLeibler } from '../divergence.js';
import { checkDensities, checkDraws } from './checkPosterior.js';
import { alongPath, scaleGradient } from './gradients.js';

/** The three ways to write the divergence of the evidence lower bound, from the closest to the least. */
const forms = ['divergence', 'entropy', 'joint'] as const;

/** Options of {@link elbo}. */
export interface ElboOptions {
  /**
   * How much of KL(q || p) is in closed form:
   * `'divergence'`, all of it;
   * `'entropy'`, the entropy of q, and -log p(z) at draws;
   * `'joint'`, nothing, log q(z) - log p(z) at draws.
   * By default the first that posterior and prior allow.
   */
  readonly form?: (typeof forms)[number];
  /** Draws of z for each x; 1 by default. */
  readonly draws?: number;
  /**
   * Weight of the divergence, > 0; 1 by default. Other weights make a loss that is no bound of -log p(x), unless for a
   * likelihood other than the one given: beside squared errors |x - f(z)|^2 a weight beta = 2 sigma^2 makes the bound
   * of N(f(z), sigma^2 I) without its constants, times beta.
   *
   * Source: Higgins et al., "beta-VAE", ICLR 2017; Berger, "Modèles à variables latentes profonds" (thesis, Université
   * Paris-Saclay, 2021), eq. 6.2, where the factor 2 is missing.
   */
  readonly beta?: number;
  /** Epochs in which the weight grows from 0 to beta in equal steps; 0 by default. */
  readonly annealing?: number;
  /**
   * D: nats that E[-log p(x | z)] is to have at most. The divergence is then minimised under this constraint: the loss
   * is beta KL + m (E[-log p(x | z)] - D), with a multiplier m > 0 that is trained along, to grow while the constraint
   * is broken and to fall while it is not. None by default.
   *
   * Source: Rezende and Viola, "Taming VAEs", arXiv:1810.00597, where it is called GECO.
   */
  readonly distortion?: number;
  /**
   * lambda: nats of divergence that cost as much as none, for each number of z where the divergence is in closed form
   * and theirs are told apart, else for all of them; 0 by default. The mean over a batch is what is compared with it.
   *
   * Source: Kingma et al., "Improved variational inference with inverse autoregressive flow", arXiv:1606.04934, on free
   * bits.
   */
  readonly freeBits?: number;
  /**
   * Whether the gradient of log q goes along the draws alone, which has no variance where q is the true posterior; of
   * form
   * `'joint'`. False by default.
   *
   * Source: Roeder, Wu and Duvenaud, "Sticking the landing", arXiv:1703.09194.
   */
  readonly pathDerivative?: boolean;
}

/** The names of all {@link ElboOptions}. */
const known = [
  'form',
  'draws',
  'beta',
  'annealing',
  'distortion',
  'freeBits',
  'pathDerivative',
] as const satisfies readonly (keyof ElboOptions)[];

/** Options that stay away where they are not given. */
type Optional = 'form' | 'distortion';

/** - E_q[log p(x | z)] + weight KL(q || p). */
class Elbo extends Objective {
  private readonly weight: Variable | undefined;
  private readonly logMultiplier: Variable | undefined;

  constructor(private readonly options: Required<Omit<ElboOptions, Optional>> & ElboOptions) {
    super();
    if (options.annealing > 0) this.weight = state(() => tf.scalar(0));
    if (options.distortion !== undefined) this.logMultiplier = parameter(() => tf.scalar(0));
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const { beta, freeBits } = this.options;
      const [forZ, forPrior, forLikelihood] = key.split(3);
      const { z, parts } = this.divergence(model.posteriorAt(x, context), model.priorAt(context), {
        forZ,
        forPrior,
      });
      const reconstruction = model.likelihoodAt(z, context).loss({ x }, forLikelihood);
      const free = freeBits === 0 ? parts : tf.maximum(parts, freeBits);
      return tf.add(this.constrain(reconstruction), tf.mul(this.weight ?? beta, tf.sum(free)));
    });
  }

  /** E[-log p(x | z)], or what its constraint makes of it. */
  private constrain(reconstruction: Tensor): Tensor {
    const { distortion } = this.options;
    if (distortion === undefined) return reconstruction;
    // What is descended by everything else is climbed by the multiplier.
    const multiplier = exp(scaleGradient(this.logMultiplier!, tf.scalar(-1)));
    return tf.mul(multiplier, tf.sub(reconstruction, distortion));
  }

  override endOfEpoch({ epoch }: EpochReport): boolean {
    const { beta, annealing } = this.options;
    if (this.weight === undefined || epoch > annealing) return false;
    const weight = this.weight;
    tf.tidy(() => {
      weight.assign(tf.scalar((beta * epoch) / annealing));
    });
    return true;
  }

  /** Draws of z, and the parts of the mean divergence of the batch. */
  private divergence(
    q: Distribution,
    p: Distribution,
    { forZ, forPrior }: { forZ: Key; forPrior: Key },
  ): { z: Tensor; parts: Tensor } {
    checkDraws('elbo', q);
    const { draws, pathDerivative } = this.options;
    const { form, closed } = this.formOf(q, p);
    if (closed === undefined) checkDensities('elbo', q);
    if (form === 'joint') {
      const [z, logProb] = q.sampleAndLogProb(forZ, [draws]);
      const logQ = pathDerivative ? alongPath(q, z, logProb) : logProb;
      return { z, parts: tf.add(tf.mean(logQ), p.loss({ x: z }, forPrior)) };
    }
    const z = q.sample(forZ, [draws]);
    if (closed === undefined)
      return { z, parts: tf.sub(p.loss({ x: z }, forPrior), tf.mean(q.entropy!())) };
    return { z, parts: tf.mean(tf.reshape(closed, [-1, closed.shape.at(-1)!]), 0) };
  }

  /**
   * The form asked for, or the closest that the laws allow; with the divergence in closed form where it is that one.
   */
  private formOf(
    q: Distribution,
    p: Distribution,
  ): { form: (typeof forms)[number]; closed?: Tensor } {
    const asked = this.options.form ?? (this.options.pathDerivative ? 'joint' : undefined);
    const closed =
      asked === undefined || asked === 'divergence' ? kullbackLeibler(q, p) : undefined;
    if (closed !== undefined) return { form: 'divergence', closed };
    if (asked === 'divergence' || (asked === 'entropy' && q.entropy === undefined))
      throw new OptionError(
        `elbo: the form '${asked}' is not there in closed form for posterior ${q.constructor.name} and prior ` +
          `${p.constructor.name}; leave the form out, or take 'joint'.`,
      );
    return { form: asked ?? (q.entropy === undefined ? 'joint' : 'entropy') };
  }
}

/**
 * The evidence lower bound, to be maximised: its negative is the loss,
 * -log p(x) <= -E_q[log p(x | z)] + beta KL(q(z | x) || p(z)), with beta = 1 for the bound.
 *
 * All constants of all laws are kept. Losses are taken from the laws themselves, so that likelihoods with a variance in
 * closed form and priors with a bound in place of a density have theirs.
 *
 * @throws OptionError or DomainError for options that are unknown, outside their domain or do not go together
 *
 * @example
 * ```ts
 * import { elbo } from '@pushforward/vae';
 * const objective = elbo({ annealing: 20, freeBits: 0.1 });
 * ```
 */
export function elbo(options: ElboOptions = {}): Objective {
  checkOptions('elbo', options, known);
  const { form, distortion = 0, pathDerivative = false } = options;
  const { draws = 1, beta = 1, annealing = 0, freeBits = 0 } = options;
  if (form !== undefined && !forms.includes(form))
    throw new OptionError(`elbo: form must be one of ${forms.join(', ')}, got ${form}.`);
  if (pathDerivative && form !== undefined && form !== 'joint')
    throw new OptionError(`elbo: pathDerivative goes with the form 'joint', got '${form}'.`);
  checkCount('elbo', 'draws', draws, 1);
  checkAbove('elbo', 'beta', beta, 0);
  checkCount('elbo', 'annealing', annealing, 0);
  if (freeBits !== 0) checkAbove('elbo', 'freeBits', freeBits, 0);
  checkAbove('elbo', 'distortion', distortion, -Infinity);
  return new Elbo({ ...options, draws, beta, annealing, freeBits, pathDerivative });
}
