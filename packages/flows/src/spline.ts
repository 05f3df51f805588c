import { RationalQuadraticSpline } from '@pushforward/bijectors';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import type { Key } from '@pushforward/tensors';
import { checkFlowOptions, optionsOf, pick, type SplineFlowOptions } from './options.js';
import { autoregressive, coupling, steps } from './steps.js';

/**
 * Autoregressive neural spline flow: each number of the noise is a monotone rational-quadratic spline of one of the
 * data, given those before it. Densities take one pass, samples D.
 *
 * The splines act on [-bound, bound]: where `fit` is not used, call `prepare` with data first, or standardise them.
 *
 * Source: Durkan, Bekasov, Murray and Papamakarios, arXiv:1906.04032, RQ-NSF (AR).
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { nsfAutoregressive } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const flow = nsfAutoregressive(Key.from(1), { features: 2, transforms: 3, bins: 8 });
 * const logProb = flow.logProb(Key.from(2).normal([10, 2])); // [10]
 * ```
 */
export function nsfAutoregressive(key: Key, options: SplineFlowOptions): Pushforward {
  checkFlowOptions('nsfAutoregressive', options, 'spline');
  const normalizer = new RationalQuadraticSpline(pick(options, optionsOf.spline));
  const g = steps(
    key,
    { ...options, transforms: options.transforms ?? 3 },
    autoregressive(options, normalizer),
  );
  return normalizingFlow(g, standardNormal([options.features]));
}

/**
 * Coupling neural spline flow: each transform puts half of the numbers through monotone rational-quadratic splines
 * given by the other half. Densities and samples take one pass.
 *
 * The splines act on [-bound, bound]: where `fit` is not used, call `prepare` with data first, or standardise them.
 *
 * Source: Durkan, Bekasov, Murray and Papamakarios, arXiv:1906.04032, RQ-NSF (C).
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain, such as a single feature
 *
 * @example
 * ```ts
 * import { nsfCoupling } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const x = nsfCoupling(Key.from(1), { features: 4, bins: 8 }).sample(Key.from(2), [100]); // [100, 4]
 * ```
 */
export function nsfCoupling(key: Key, options: SplineFlowOptions): Pushforward {
  checkFlowOptions('nsfCoupling', options, 'spline', 2);
  const normalizer = new RationalQuadraticSpline(pick(options, optionsOf.spline));
  const g = steps(
    key,
    { ...options, transforms: options.transforms ?? 6 },
    coupling(options, normalizer),
  );
  return normalizingFlow(g, standardNormal([options.features]));
}
