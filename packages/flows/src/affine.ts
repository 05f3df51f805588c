import { AffineNormalizer } from '@pushforward/bijectors';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import type { Key } from '@pushforward/tensors';
import { type AffineFlowOptions, checkFlowOptions, optionsOf, pick } from './options.js';
import { autoregressive, coupling, steps } from './steps.js';

/**
 * Masked autoregressive flow: each number of the noise is an affine function of one of the data, given those before
 * it. Densities take one pass, samples D.
 *
 * Source: Papamakarios, Pavlakou and Murray, arXiv:1705.07057.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { maf } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const flow = maf(Key.from(1), { features: 2, context: 3 });
 * const [x, context] = [Key.from(2).normal([10, 2]), Key.from(3).normal([10, 3])];
 * const logProb = flow.logProb(x, context); // [10]
 * ```
 */
export function maf(key: Key, options: AffineFlowOptions): Pushforward {
  checkFlowOptions('maf', options, 'affine');
  const normalizer = new AffineNormalizer(pick(options, optionsOf.affine));
  const g = steps(
    key,
    { ...options, transforms: options.transforms ?? 5 },
    autoregressive(options, normalizer),
  );
  return normalizingFlow(g, standardNormal([options.features]));
}

/**
 * Inverse autoregressive flow: each number of the data is an affine function of one of the noise, given those before
 * it. Samples take one pass, densities of given points D.
 *
 * Source: Kingma et al., arXiv:1606.04934.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { iaf } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const [x, logProb] = iaf(Key.from(1), { features: 2 }).sampleAndLogProb(Key.from(2), [100]); // [100, 2], [100]
 * ```
 */
export function iaf(key: Key, options: AffineFlowOptions): Pushforward {
  checkFlowOptions('iaf', options, 'affine');
  const normalizer = new AffineNormalizer(pick(options, optionsOf.affine));
  const g = steps(
    key,
    { ...options, transforms: options.transforms ?? 5 },
    autoregressive(options, normalizer),
    true,
  );
  return normalizingFlow(g, standardNormal([options.features]));
}

/**
 * Real-valued non-volume-preserving flow: each transform scales and shifts half of the numbers by functions of the
 * other half. Densities and samples take one pass.
 *
 * Source: Dinh, Sohl-Dickstein and Bengio, arXiv:1605.08803.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, such as a single feature
 *
 * @example
 * ```ts
 * import { realNVP } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const x = realNVP(Key.from(1), { features: 4 }).sample(Key.from(2), [100]); // [100, 4]
 * ```
 */
export function realNVP(key: Key, options: AffineFlowOptions): Pushforward {
  checkFlowOptions('realNVP', options, 'affine', 2);
  const normalizer = new AffineNormalizer(pick(options, optionsOf.affine));
  const g = steps(
    key,
    { ...options, transforms: options.transforms ?? 8 },
    coupling(options, normalizer),
  );
  return normalizingFlow(g, standardNormal([options.features]));
}
