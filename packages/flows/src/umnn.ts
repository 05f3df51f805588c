import { UMNN } from '@pushforward/bijectors';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import type { Key } from '@pushforward/tensors';
import { checkFlowOptions, type UMNNFlowOptions } from './options.js';
import { autoregressive, steps } from './steps.js';

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
  const g = steps(key, { ...options, transforms: options.transforms ?? 3 }, (key, index) => {
    const [forConditioner, forIntegrand] = key.split(2);
    const normalizer = new UMNN(forIntegrand, options.umnn);
    return autoregressive(options, normalizer)(forConditioner, index);
  });
  return normalizingFlow(g, standardNormal([options.features]));
}
