import type { Distribution } from '@pushforward/distributions';
import {
  checkCount,
  checkOptions,
  type Key,
  parameter,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { NormalMixture } from '../laws/normalMixture.js';
import { checkScale, type ScaleOptions, scaleOf } from '../scale.js';
import type { NormalOptions } from './normal.js';

/** Spread of the centres that the components start at: alike, they would stay alike. */
const SPREAD = 0.5;

/** sum_k w_k N(c_k + h_k, diag(s(h'_k))^2). */
class MixtureOfNormals extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  /** c, shape `[K, L]`. */
  readonly centres: Variable;

  constructor(
    key: Key,
    features: number,
    components: number,
    private readonly range: ScaleOptions,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = components * (2 * features + 1);
    this.centres = parameter(() => tf.mul(SPREAD, key.normal([components, features])));
  }

  override law(parameters: Tensor): Distribution {
    const [K, size] = this.centres.shape as [number, number];
    const [logits, offsets, raw] = tf.split(parameters, [K, K * size, K * size], -1);
    const each = (x: Tensor) => tf.reshape(x, [...parameters.shape.slice(0, -1), K, size]);
    const scale = scaleOf(each(raw!), this.range);
    return new NormalMixture(logits!, tf.add(each(offsets!), this.centres), scale);
  }
}

/**
 * Mixtures of K diagonal normal laws. The numbers are K logarithms of weights up to a constant, K x L means and, before
 * their softplus, K x L scales.
 *
 * Zeros select a mixture about K centres that are drawn near 0 and learned, of mean 0 and variance 1 on average over
 * the key. Draws carry an unbiased gradient of all numbers, by implicit reparameterisation; the divergence is estimated
 * at draws.
 *
 * @param features L
 * @param components K
 * @param options `scale` is sqrt(3 / 4) by default
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, elbo, mixtureNormal, vae } from '@pushforward/vae';
 * const [forFamily, forModel] = Key.from(1).split(2);
 * const model = vae(forModel, { likelihood: bernoulli(64), posterior: mixtureNormal(forFamily, 2, 5) });
 * ```
 */
export function mixtureNormal(
  key: Key,
  features: number,
  components: number,
  options: NormalOptions = {},
): Family {
  checkOptions('mixtureNormal', options, ['scale', 'floor']);
  checkCount('mixtureNormal', 'features', features, 1);
  checkCount('mixtureNormal', 'components', components, 1);
  const { scale: start = Math.sqrt(1 - SPREAD ** 2), floor = 1e-4 } = options;
  checkScale('mixtureNormal', { start, floor });
  return new MixtureOfNormals(key, features, components, { start, floor });
}
