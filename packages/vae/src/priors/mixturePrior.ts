import { DiagonalNormal, Mixture, positive } from '@pushforward/distributions';
import { checkCount, checkOptions, type Key, parameter } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link mixturePrior}. */
export interface MixturePriorOptions {
  /** L: numbers per latent. */
  readonly features: number;
  /** K: laws that are mixed. */
  readonly components: number;
}

/**
 * A learned mixture of K diagonal normal laws, p(z) = sum_k w_k N(z; m_k, diag(s_k)^2); means start as draws of N(0,
 * I), scales and weights alike.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function mixturePrior(key: Key, options: MixturePriorOptions): Mixture {
  checkOptions('mixturePrior', options, ['features', 'components']);
  const { features, components } = options;
  checkCount('mixturePrior', 'features', features, 1);
  checkCount('mixturePrior', 'components', components, 1);
  const means = parameter(() => key.normal([components, features]));
  const scales = positive(
    Array.from({ length: components }, () => Array<number>(features).fill(1)),
  );
  return new Mixture(
    parameter(() => tf.zeros([components])),
    new DiagonalNormal(means, scales),
  );
}
