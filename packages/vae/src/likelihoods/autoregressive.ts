import { type Conditioner, checkAdjacency, levels } from '@pushforward/conditioners';
import type { Distribution } from '@pushforward/distributions';
import { checkAbove, checkOptions, type Key, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { exampleOf, Family } from '../family.js';
import { AutoregressiveLaw } from '../laws/autoregressiveLaw.js';
import type { ConditionerBuilder } from '../networks/conditionerBuilder.js';

/** Options of {@link autoregressive}. */
export interface AutoregressiveLikelihoodOptions {
  /** What x is divided by before it is read, such as 255 for classes 0 .. 255; 1 by default. */
  readonly unit?: number;
}

/** Laws of a family, of which each number's is told by those before it too. */
class WithMemory extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  private readonly reparameterised: boolean;

  constructor(
    readonly family: Family,
    readonly conditioner: Conditioner,
    private readonly unit: number,
  ) {
    super();
    this.eventShape = family.eventShape;
    this.parameterCount = family.parameterCount;
    this.reparameterised = exampleOf(family, (law) => law.reparameterised);
  }

  override law(parameters: Tensor): Distribution {
    const { family, conditioner } = this;
    const context = conditioner.contextSize === 0 ? [] : [parameters];
    return new AutoregressiveLaw({
      eventShape: this.eventShape,
      batchShape: parameters.shape.slice(0, -1),
      reparameterised: this.reparameterised,
      given: (x) => {
        const read = tf.div(tf.cast(x, 'float32'), this.unit);
        const told = conditioner.parametersOf(read, ...context);
        const flat = tf.reshape(told, [...told.shape.slice(0, -2), this.parameterCount]);
        return family.law(tf.add(parameters, flat));
      },
      passes: () => {
        const level = levels(conditioner.adjacency);
        // Only a cycle leaves a number without a level.
        if (level.some(Number.isNaN)) checkAdjacency('autoregressive', conditioner.adjacency);
        return level;
      },
    });
  }
}

/**
 * A family whose numbers remember those before them, p(x | h) = prod_i p(x_i; h_i + a_i(x_<i, h)): it selects x_i by
 * h_i, with a correction by what came before. Densities are exact and take one evaluation of the network; draws take
 * one for each step of the longest path of its graph.
 *
 * Where the network starts at zero, as those here do, the law starts as the family's own, and what the decoder tells of
 * z always has a straight way to x. Networks: {@link pixelCNN}, {@link gru}, or any conditioner whose graph has no
 * cycle.
 *
 * A likelihood that can tell x without z may leave z unused: watch it by `latentReport`.
 *
 * @param family of independent numbers, such as `bernoulli`, `categorical`, `discretisedLogistic` or `gaussian`
 * @param build given D, M numbers for each of them, and h as the context, which it may leave aside
 * @throws OptionError for a family of other laws, or a conditioner that does not fit it
 *
 * Source: Larochelle and Murray, "The neural autoregressive distribution estimator", AISTATS 2011; with latent
 * variables Gulrajani et al., "PixelVAE", arXiv:1611.05013.
 *
 * @example
 * ```ts
 * import { Autoregressive } from '@pushforward/conditioners';
 * import { Key } from '@pushforward/tensors';
 * import { autoregressive, bernoulli, vae } from '@pushforward/vae';
 * const likelihood = autoregressive(
 *   Key.from(1),
 *   bernoulli(9),
 *   (key, sizes) => new Autoregressive(key, { ...sizes, hidden: [32] }),
 * );
 * const model = vae(Key.from(2), { likelihood, latent: 2 });
 * model.sample(Key.from(3), [5]).shape; // [5, 9]
 * ```
 */
export function autoregressive(
  key: Key,
  family: Family,
  build: ConditionerBuilder,
  options: AutoregressiveLikelihoodOptions = {},
): Family {
  checkOptions('autoregressive', options, ['unit']);
  const { unit = 1 } = options;
  checkAbove('autoregressive', 'unit', unit, 0);
  const [features] = family.eventShape;
  if (!family.independent || family.eventShape.length !== 1)
    throw new OptionError(
      'autoregressive: a family of vectors of independent numbers is needed, each selected by numbers of its own.',
    );
  const sizes = {
    features: features!,
    parameters: family.parameterCount / features!,
    context: family.parameterCount,
  };
  const conditioner = build(key, sizes);
  const { transformed, parameterCount, contextSize } = conditioner;
  if (
    transformed.length !== sizes.features ||
    parameterCount !== sizes.parameters ||
    ![0, sizes.context].includes(contextSize)
  )
    throw new OptionError(
      `autoregressive: a conditioner of ${sizes.parameters} numbers for each of ${sizes.features} is needed, and a context of ` +
        `${sizes.context} or none; got ${parameterCount} for each of ${transformed.length}, and ${contextSize}.`,
    );
  return new WithMemory(family, conditioner, unit);
}
