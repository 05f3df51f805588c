import { Bijector } from '@pushforward/bijectors';
import { DiagonalNormal, type Distribution, normalizingFlow } from '@pushforward/distributions';
import type { Network } from '@pushforward/nn';
import {
  checkCount,
  checkOptions,
  OptionError,
  parameter,
  ShapeError,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { MetricNormal } from '../laws/metricNormal.js';
import { checkScale, scaleOf } from '../scale.js';

/** Options of {@link metricGaussian}. */
export interface MetricGaussianOptions {
  /** Where sigma comes from: `'learned'`, the default, one number trained along, or `'fixed'`, the number `scale`. */
  readonly variance?: 'learned' | 'fixed';
  /** sigma where it is fixed, else where it starts, in the unit of the features; 1 by default. */
  readonly scale?: number;
  /** A bound below a learned sigma; 1e-3 by default. */
  readonly floor?: number;
}

/** Normal laws around centres, in the coordinates of a map. */
class Metric extends Family {
  override readonly eventShape: readonly number[];

  constructor(
    override readonly parameterCount: number,
    readonly map: Network | Bijector,
    private readonly scale: () => Tensor,
    /** What sigma is made of, where it is learned. */
    readonly stored?: Variable,
  ) {
    super();
    this.eventShape = [parameterCount];
  }

  override law(centre: Tensor): Distribution {
    const { map } = this;
    if (!(map instanceof Bijector)) return new MetricNormal(centre, this.scale(), map);
    return normalizingFlow(map, new DiagonalNormal(map.forward(centre), this.scale()));
  }
}

/**
 * The metric Gaussian of a distance in the features phi of x: p(x | h) of the form exp(-|phi(x) - phi(h)|^2 / (2
 * sigma^2)), where the decoder tells the centre h, one number for each of x. Pixels that look alike to phi count as
 * alike.
 *
 * Of a map that is a bijection of all vectors, such as {@link haarWavelets}, the law is that of the x whose features
 * are N(phi(h), sigma^2 I): with all constants, the volume of phi among them, and with draws. Where phi is linear that
 * is the metric Gaussian itself; its bounds compare with those of all other likelihoods of x.
 *
 * Of a network, such as {@link convolutionalFeatures}, nobody knows the integral of the form over x, which changes with
 * h. The log-density is then that of the features, log N(phi(x); phi(h), sigma^2 I), with its constants: the bound is
 * one of log p(phi(x)), for a model that adds its noise to features, and sigma^2 is learned as the mean square of their
 * differences. Such bounds compare among models of the same phi, and with nothing else. There are no draws of x: the
 * centre stands for them, as is usual, which is fair where sigma is small. The network's weights are kept as they are:
 * trained along, phi would learn to tell nothing.
 *
 * Source: Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section 5.1, eq.
 * 5.1; Dosovitskiy and Brox, arXiv:1602.02644, and Hou et al., arXiv:1610.00291, of networks' features.
 *
 * @param features D
 * @param map phi: from D numbers to as many, or, of a network, any number
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or do not go
 * together
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { haarWavelets, metricGaussian, vae } from '@pushforward/vae';
 * // What changes slowly over an image counts twice and four times as much as its finest details.
 * const map = haarWavelets({ shape: [8, 8, 1], weights: [1, 2, 4] });
 * const model = vae(Key.from(1), { likelihood: metricGaussian(64, map), latent: 2 });
 * model.sample(Key.from(2), [5]).shape; // [5, 64]
 * ```
 */
export function metricGaussian(
  features: number,
  map: Network | Bijector,
  options: MetricGaussianOptions = {},
): Family {
  const where = 'metricGaussian';
  checkOptions(where, options, ['variance', 'scale', 'floor']);
  const { variance = 'learned', scale = 1, floor = 1e-3 } = options;
  checkCount(where, 'features', features, 1);
  if (map instanceof Bijector ? map.eventRank > 1 || map.contextSize > 0 : map.inputs !== features)
    throw new ShapeError(
      `${where}: a map of vectors of ${features} numbers is needed, and of nothing else.`,
    );
  if (!(map instanceof Bijector)) for (const weight of map.parameters()) weight.trainable = false;
  if (variance === 'fixed') {
    if (options.floor !== undefined)
      throw new OptionError(`${where}: a 'fixed' variance has no floor.`);
    checkScale(where, { start: scale, floor: 0 });
    return new Metric(features, map, () => tf.scalar(scale));
  }
  if ((variance as string) !== 'learned')
    throw new OptionError(`${where}: variance must be 'learned' or 'fixed', got '${variance}'.`);
  const range = { start: scale, floor };
  checkScale(where, range);
  const raw = parameter(() => tf.zeros([]));
  return new Metric(features, map, () => scaleOf(raw, range), raw);
}
