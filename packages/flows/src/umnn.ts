import { UMNN } from '@pushforward/bijectors';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import type { Key } from '@pushforward/tensors';
import { checkFlowOptions, type UMNNFlowOptions } from './options.js';
import { autoregressive, coupling, steps } from './steps.js';

/**
 * Autoregressive flow of unconstrained monotonic neural networks: each number of the noise is the integral of a positive
 * network up to one of the data, given an embedding of those before it. Densities take one pass, samples D.
 *
 * Every transform has an integrand of its own, shared by its dimensions. Published with `permutation: 'reverse'`,
 * `actNorm: false`, `umnn: { embedding: 30, activation: 'leakyRelu' }` and 5 transforms.
 *
 * Source: Wehenkel and Louppe, "Unconstrained monotonic neural networks", arXiv:1908.05164, section 3.3 (UMNN-MAF).
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { umnnMaf } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const flow = umnnMaf(Key.from(1), { features: 2, transforms: 1, umnn: { hidden: [32, 32] } });
 * const logProb = flow.logProb(Key.from(2).normal([10, 2])); // [10]
 * ```
 */
export function umnnMaf(key: Key, options: UMNNFlowOptions): Pushforward {
  checkFlowOptions('umnnMaf', options, 'umnn');
  return flowOf(key, { ...options, transforms: options.transforms ?? 3 }, autoregressive);
}

/**
 * Coupling flow of unconstrained monotonic neural networks: each transform puts half of the numbers through integrals of a
 * positive network, given an embedding of the other half, and of the context. Densities take one pass; samples take one,
 * in which every number of that half is found in a bracket.
 *
 * Every transform has an integrand of its own, shared by its dimensions.
 *
 * Source: Wehenkel and Louppe, "Unconstrained monotonic neural networks", arXiv:1908.05164, section 4, which names the
 * combination; Dinh, Sohl-Dickstein and Bengio, arXiv:1605.08803, for the couplings.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, such as a single feature
 *
 * @example
 * ```ts
 * import { umnnCoupling } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const flow = umnnCoupling(Key.from(1), { features: 2, context: 1, umnn: { hidden: [32, 32] } });
 * const [forX, forContext] = Key.from(2).split(2);
 * const logProb = flow.logProb(forX.normal([10, 2]), forContext.normal([10, 1])); // [10]
 * ```
 */
export function umnnCoupling(key: Key, options: UMNNFlowOptions): Pushforward {
  checkFlowOptions('umnnCoupling', options, 'umnn', 2);
  return flowOf(key, { ...options, transforms: options.transforms ?? 4 }, coupling);
}

/** A flow whose transforms each have an integrand of their own. */
function flowOf(
  key: Key,
  options: UMNNFlowOptions & { readonly transforms: number },
  conditioned: typeof autoregressive,
): Pushforward {
  const g = steps(key, options, (key, index) => {
    const [forConditioner, forIntegrand] = key.split(2);
    return conditioned(options, new UMNN(forIntegrand, options.umnn))(forConditioner, index);
  });
  return normalizingFlow(g, standardNormal([options.features]));
}
