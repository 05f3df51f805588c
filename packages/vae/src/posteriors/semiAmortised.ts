import { conditional, type Distribution, type ParameterNetwork } from '@pushforward/distributions';
import {
  type Batch,
  checkAbove,
  checkCount,
  checkOptions,
  type Key,
  Module,
  OptionError,
  pullback,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { LatentVariableModel, Likelihood, Objective, Posterior, Prior } from '../contracts.js';
import type { Family } from '../family.js';
import { VAE } from '../model.js';
import { elbo } from '../objectives/elbo.js';

/** Options of {@link semiAmortised}. */
export interface SemiAmortisedOptions {
  /** p(z), that of the model. */
  readonly prior: Prior;
  /** p(x | z), that of the model. */
  readonly likelihood: Likelihood;
  /** What each step descends, for every x by itself, with nothing that is annealed or learned; `elbo()` by default. */
  readonly objective?: Objective;
  /** Gradient steps; 10 by default. */
  readonly steps?: number;
  /** Length of a step, in units of the gradient; 0.1 by default. */
  readonly rate?: number;
  /**
   * Whether training differentiates the steps too, as Kim et al. do: encoder and decoder then learn what makes
   * refinement end well, at the price of second derivatives. Without, the gradient takes the steps as constants: the
   * encoder learns as if its guess were moved by a fixed amount, the decoder as if the posterior were. True by default.
   */
  readonly differentiated?: boolean;
}

/** A model at numbers that select its posteriors. */
class AtNumbers extends Module implements LatentVariableModel {
  constructor(
    private readonly model: VAE,
    private readonly posterior: Distribution,
  ) {
    super();
  }

  posteriorAt(): Distribution {
    return this.posterior;
  }

  likelihoodAt(z: Tensor, context?: Tensor): Distribution {
    return this.model.likelihoodAt(z, context);
  }

  priorAt(context?: Tensor): Distribution {
    return this.model.priorAt(context);
  }
}

/** The encoder's numbers, and steps down from there. */
class Refinement extends Module implements ParameterNetwork {
  readonly inputs: number;
  readonly outputs: number;
  /** With the posterior that the encoder guesses. */
  readonly model: VAE;

  constructor(
    private readonly key: Key,
    private readonly encoder: ParameterNetwork,
    private readonly family: Family,
    private readonly options: Required<SemiAmortisedOptions>,
  ) {
    super();
    const { prior, likelihood, objective } = options;
    const posterior = conditional(encoder, family);
    this.model = new VAE({ prior, likelihood, posterior, objective });
    this.inputs = encoder.inputs;
    this.outputs = encoder.outputs;
  }

  apply(context: Tensor): Tensor {
    return tf.tidy(() => {
      const { steps, rate, differentiated } = this.options;
      const guess = this.encoder.apply(context);
      let h: Tensor = tf.reshape(guess, [-1, this.outputs]);
      const batch = this.batch(context, h.shape[0]);
      for (let step = 0; step < steps; step++) {
        const slope = this.slope(h, batch, this.key.foldIn(step));
        const change = tf.mul(-rate, slope);
        h = tf.add(h, differentiated ? change : untracked(() => tf.clone(change)));
      }
      return tf.reshape(h, guess.shape);
    });
  }

  /** The gradient of each row's objective. */
  private slope(h: Tensor, batch: Batch, key: Key): Tensor {
    const { model, family } = this;
    const total = (h: Tensor) => {
      const loss = model.objective.loss(new AtNumbers(model, family.law(h)), batch, key);
      return tf.mul(loss, h.shape[0]);
    };
    return pullback(total, [h], tf.scalar(1))[0]!;
  }

  /** x, and the context behind it where there is one. */
  private batch(context: Tensor, rows: number): Batch {
    const { eventShape, contextSize } = this.model;
    const flat = tf.reshape(context, [rows, this.inputs]);
    const size = this.inputs - contextSize;
    const x = (part: Tensor) => tf.reshape(part, [rows, ...eventShape]);
    if (contextSize === 0) return { x: x(flat) };
    const [ofX, c] = tf.split(flat, [size, contextSize], 1) as [Tensor, Tensor];
    return { x: x(ofX), context: c };
  }
}

/**
 * A semi-amortised posterior: the encoder's numbers, h_0, moved by steps down the negative bound of each x,
 * h_{i+1} = h_i - rate grad_h L(h_i; x), L by draws of noise that is the key's: new in each step, the same at every call.
 *
 * Networks and laws must be twice differentiable where `differentiated` is true, as those of `@pushforward/nn` are.
 *
 * Source: Kim, Wiseman, Miller, Sontag and Rush, "Semi-amortized variational autoencoders", arXiv:1802.02550, section
 * 3.
 *
 * @param key of the noise in the steps
 * @param encoder from x, or x and c, to the numbers that select a first guess
 * @param family which posteriors numbers select
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or do not fit each
 * other
 *
 * @example
 * ```ts
 * import { conditional, standardNormal } from '@pushforward/distributions';
 * import { MLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, diagonalNormal, semiAmortised, VAE } from '@pushforward/vae';
 * const [forEncoder, forDecoder, forNoise] = Key.from(1).split(3);
 * const encoder = new MLP(forEncoder, { inputs: 64, outputs: 8, hidden: [32], activation: 'tanh' });
 * const decoder = new MLP(forDecoder, { inputs: 4, outputs: 64, hidden: [32], activation: 'tanh' });
 * const parts = { prior: standardNormal([4]), likelihood: conditional(decoder, bernoulli(64)) };
 * const posterior = semiAmortised(forNoise, encoder, diagonalNormal(4), { ...parts, steps: 5 });
 * const model = new VAE({ ...parts, posterior });
 * ```
 */
export function semiAmortised(
  key: Key,
  encoder: ParameterNetwork,
  family: Family,
  options: SemiAmortisedOptions,
): Posterior {
  const where = 'semiAmortised';
  checkOptions(where, options, [
    'prior',
    'likelihood',
    'objective',
    'steps',
    'rate',
    'differentiated',
  ]);
  const { objective = elbo(), steps = 10, rate = 0.1, differentiated = true } = options;
  if (objective.namedVariables().size > 0)
    throw new OptionError(
      `${where}: an objective without numbers of its own is needed, as nobody trains or anneals them within the steps.`,
    );
  checkCount(where, 'steps', steps, 1);
  checkAbove(where, 'rate', rate, 0);
  const all = { ...options, objective, steps, rate, differentiated };
  return conditional(new Refinement(key, encoder, family, all), family);
}
