import { Bijector } from '@pushforward/bijectors';
import { type Distribution, pushforward } from '@pushforward/distributions';
import { checkOptions, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { diagonalNormal, type NormalOptions } from './normal.js';

/** A map at its context. */
class AtContext extends Bijector {
  override readonly eventRank: 0 | 1 | 3;

  constructor(
    readonly map: Bijector,
    private readonly context: Tensor,
  ) {
    super();
    this.eventRank = map.eventRank;
  }

  override forwardAndLogDet(z: Tensor): [Tensor, Tensor] {
    return this.map.forwardAndLogDet(z, this.context);
  }

  override inverseAndLogDet(z: Tensor): [Tensor, Tensor] {
    return this.map.inverseAndLogDet(z, this.context);
  }
}

/** The law of f(z_0; h_2), z_0 of the diagonal normal law that h_1 selects. */
class Mapped extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    readonly base: Family,
    readonly map: Bijector,
  ) {
    super();
    this.eventShape = base.eventShape;
    this.parameterCount = base.parameterCount + map.contextSize;
  }

  override law(parameters: Tensor): Distribution {
    const { base, map } = this;
    if (map.contextSize === 0) return pushforward(base.law(parameters), map);
    const sizes = [base.parameterCount, map.contextSize];
    const [ofBase, context] = tf.split(parameters, sizes, -1) as [Tensor, Tensor];
    return pushforward(base.law(ofBase), new AtContext(map, context));
  }
}

/**
 * The laws of f(z_0), z_0 ~ N(mu, diag(s)^2), f a map of `@pushforward/bijectors` or of a flow: normalizing-flow
 * posteriors.
 *
 * The numbers are L means, L scales before their softplus, and the context of f, which conditions all its steps; zeros
 * select N(0, I) where f starts as the identity. Draws with their density take f forwards alone, as `elbo()` asks of
 * them; path derivatives and doubly reparameterised gradients ask for its inverse too, which of planar, Sylvester and
 * autoregressive maps takes many times as long. A masked autoregressive flow, whose fast direction is from data to
 * noise, is turned round by `invert`.
 *
 * Source: Rezende and Mohamed, "Variational inference with normalizing flows", arXiv:1505.05770; Kingma et al.,
 * "Improved variational inference with inverse autoregressive flow", arXiv:1606.04934, algorithm 1 (the context).
 *
 * @param features L
 * @param map f, from z_0 to z: of contexts of any size, or of none, and then the same for all x
 * @throws OptionError or DomainError for options that are unknown or outside their domain, and for a map of images
 *
 * @example
 * ```ts
 * import { chain, invert, Planar } from '@pushforward/bijectors';
 * import { iaf, umnnMaf } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, elbo, flowPosterior, vae } from '@pushforward/vae';
 * const [features, context] = [2, 16];
 * const steps = Key.from(1).split(4).map((key) => new Planar(key, { features, context }));
 * const planar = flowPosterior(features, chain(steps));
 * const affine = flowPosterior(features, iaf(Key.from(2), { features, context, transforms: 2 }).bijector);
 * const monotone = flowPosterior(features, invert(umnnMaf(Key.from(3), { features, context, transforms: 1 }).bijector));
 * const model = vae(Key.from(4), { likelihood: bernoulli(64), posterior: planar, objective: elbo() });
 * ```
 */
export function flowPosterior(
  features: number,
  map: Bijector,
  options: NormalOptions = {},
): Family {
  if (map.eventRank > 1)
    throw new OptionError(`flowPosterior: a map of vectors is needed, got one of images.`);
  checkOptions('flowPosterior', options, ['scale', 'floor']);
  return new Mapped(diagonalNormal(features, options), map);
}
