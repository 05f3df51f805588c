import type { Distribution } from '@pushforward/distributions';
import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  type Tensor,
} from '@pushforward/tensors';
import type { Prior } from '../contracts.js';
import { Family } from '../family.js';
import { Codebook } from '../laws/codebook.js';
import { Nearest } from '../laws/nearest.js';
import { OverCodes } from '../priors/overCodes.js';

/** Options of {@link vectorQuantised}. */
export interface VectorQuantisedOptions {
  /** V: codes per latent vector. */
  readonly variables: number;
  /** K: codes to choose from, >= 2. */
  readonly codes: number;
  /** d: numbers per code. */
  readonly size: number;
  /** Weight of what keeps the encoder near its codes, >= 0; 0.25 by default. */
  readonly commitment?: number;
  /**
   * gamma, in (0, 1), such as 0.99: codes are then means of the encoder's vectors that have taken them, those of a
   * batch weighing gamma times as much with each further one. They move whenever a gradient of the loss is taken. By
   * the loss's gradient by default, as weights do.
   *
   * Source: van den Oord et al., arXiv:1711.00937, appendix A.1.
   */
  readonly decay?: number;
}

/** Points among the vectors of a codebook, each the nearest to what the encoder tells. */
export class VectorQuantised extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  /** The vectors, and how they follow the encoder. */
  readonly codebook: Codebook;
  /** V. */
  readonly variables: number;

  /** @internal made by {@link vectorQuantised} */
  constructor(key: Key, options: VectorQuantisedOptions) {
    super();
    const { variables, size, commitment = 0.25, decay } = options;
    this.variables = variables;
    this.parameterCount = variables * size;
    this.eventShape = [this.parameterCount];
    this.codebook = new Codebook(key, options, commitment, decay);
  }

  override law(parameters: Tensor): Distribution {
    return new Nearest(this.codebook, parameters);
  }

  /**
   * The law of the vectors of codes that have a law: of independent and equally probable ones by default, so that each
   * code costs log K. One that learns, such as a `Categorical` of weights or a masked network, may be given, from the
   * start or when the codes have been learned.
   *
   * @param codes a law of events `[V]`, whole numbers below K
   * @throws ShapeError for another event
   */
  prior(codes?: Distribution): Prior {
    return new OverCodes(this.codebook, this.variables, codes);
  }
}

/**
 * Latents that are vectors of a codebook, each the nearest to a vector of the encoder's: the posterior is certain of
 * them, and the bound is -log p(x | z) - log p(codes), V log K nats for the divergence where all codes are equally
 * probable.
 *
 * The gradient of z passes straight through to the encoder. Codes are drawn to the encoder's vectors e, and e to its
 * code, by the gradient of |c - e|^2 + commitment |c - e|^2, c or e fixed, which is in the gradient alone and not in
 * the value, so that the bound stays one. With a `decay` codes are running means instead. It goes with `elbo`. With
 * `prior()` it makes a pair. An encoder that starts at zero, as `perceptron` does, tells the same of all x, and so
 * takes one code alone at first.
 *
 * Source: van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation learning", arXiv:1711.00937, eq. 3
 * and appendix A.1.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { MLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, elbo, type NetworkBuilder, vae, vectorQuantised } from '@pushforward/vae';
 * const [forCodes, forModel] = Key.from(1).split(2);
 * const posterior = vectorQuantised(forCodes, { variables: 4, codes: 16, size: 3 });
 * const network: NetworkBuilder = (key, sizes) => new MLP(key, { ...sizes, hidden: [64] });
 * const model = vae(forModel, {
 *   ...{ posterior, prior: posterior.prior() },
 *   ...{ likelihood: bernoulli(64), encoder: network, decoder: network, objective: elbo() },
 * });
 * ```
 */
export function vectorQuantised(key: Key, options: VectorQuantisedOptions): VectorQuantised {
  const where = 'vectorQuantised';
  checkOptions(where, options, ['variables', 'codes', 'size', 'commitment', 'decay']);
  const { variables, codes, size, commitment = 0.25, decay } = options;
  checkCount(where, 'variables', variables, 1);
  checkCount(where, 'codes', codes, 2);
  checkCount(where, 'size', size, 1);
  if (commitment !== 0) checkAbove(where, 'commitment', commitment, 0);
  if (decay !== undefined && !(decay > 0 && decay < 1))
    throw new DomainError(`${where}: decay must be in (0, 1), got ${decay}.`);
  return new VectorQuantised(key, options);
}
