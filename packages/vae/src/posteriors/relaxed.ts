import {
  type Distribution,
  flatten,
  Independent,
  RelaxedBernoulli,
  RelaxedCategorical,
} from '@pushforward/distributions';
import {
  checkAbove,
  checkCount,
  checkOptions,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';

/** Options of {@link relaxedBernoulli} and {@link relaxedCategorical}. */
export interface RelaxedOptions {
  /** How far from discrete the latents are, > 0; 2/3 by default, that of Maddison et al. for binary latents. */
  readonly temperature?: number;
}

/** Laws of a temperature, which all of them share. */
export abstract class Relaxed extends Family {
  /** Saved and not trained: assign to it to cool the latents down in training. */
  readonly temperature: Variable;

  constructor(where: string, options: RelaxedOptions) {
    super();
    checkOptions(where, options, ['temperature']);
    const { temperature = 2 / 3 } = options;
    checkAbove(where, 'temperature', temperature, 0);
    this.temperature = state(() => tf.scalar(temperature));
  }
}

class RelaxedBits extends Relaxed {
  override readonly independent = true;
  override readonly eventShape: readonly number[];

  constructor(
    override readonly parameterCount: number,
    options: RelaxedOptions,
  ) {
    super('relaxedBernoulli', options);
    checkCount('relaxedBernoulli', 'features', parameterCount, 1);
    this.eventShape = [parameterCount];
  }

  override law(parameters: Tensor): Distribution {
    return new Independent(new RelaxedBernoulli(parameters, this.temperature), 1);
  }
}

/**
 * Laws of independent numbers in (0, 1) in place of binary ones, whose draws carry a gradient. The numbers are L
 * logits.
 *
 * The bound is that of the relaxed model: its prior has a density on (0, 1) too, such as
 * `new Independent(new RelaxedBernoulli(Array(20).fill(0), 0.5), 1)`.
 *
 * Source: Maddison, Mnih and Teh, "The concrete distribution", arXiv:1611.00712.
 *
 * @param features L
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { Independent, RelaxedBernoulli } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, elbo, relaxedBernoulli, vae } from '@pushforward/vae';
 * const model = vae(Key.from(1), {
 *   likelihood: bernoulli(64),
 *   posterior: relaxedBernoulli(20),
 *   prior: new Independent(new RelaxedBernoulli(Array<number>(20).fill(0), 0.5), 1),
 *   objective: elbo(),
 * });
 * ```
 */
export function relaxedBernoulli(features: number, options: RelaxedOptions = {}): Relaxed {
  return new RelaxedBits(features, options);
}

class RelaxedChoices extends Relaxed {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    private readonly variables: number,
    private readonly choices: number,
    options: RelaxedOptions,
  ) {
    super('relaxedCategorical', options);
    checkCount('relaxedCategorical', 'variables', variables, 1);
    checkCount('relaxedCategorical', 'choices', choices, 2);
    this.parameterCount = variables * choices;
    this.eventShape = [this.parameterCount];
  }

  override law(parameters: Tensor): Distribution {
    const shape = [...parameters.shape.slice(0, -1), this.variables, this.choices];
    const each = new RelaxedCategorical(tf.reshape(parameters, shape), this.temperature);
    return flatten(new Independent(each, 1));
  }
}

/**
 * Laws of V independent points of a simplex in place of choices among K, one behind the other in a vector of V K
 * numbers; draws carry a gradient. The numbers are V K logits.
 *
 * The bound is that of the relaxed model: its prior has a density on the simplices too, such as
 * `flatten(new Independent(new RelaxedCategorical(tf.zeros([V, K]), 0.5), 1))`.
 *
 * Source: Jang, Gu and Poole, "Categorical reparameterization with Gumbel-softmax", arXiv:1611.01144; Maddison, Mnih
 * and Teh, arXiv:1611.00712 (the density in the bound).
 *
 * @param variables V
 * @param choices K
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function relaxedCategorical(
  variables: number,
  choices: number,
  options: RelaxedOptions = {},
): Relaxed {
  return new RelaxedChoices(variables, choices, options);
}
