import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link sinusoidalEmbedding}. */
export interface SinusoidalOptions {
  /** The longest period is some 2 pi times this; 10000 by default. */
  readonly maxPeriod?: number;
}

/**
 * Numbers as sines and cosines of several frequencies, which tell both near and distant ones apart:
 * sin(t w_k) for k < K and then cos(t w_k), with w_k = maxPeriod^(-k / K) and K = size / 2.
 *
 * Source: Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.5.
 *
 * @param t shape `[...]`: steps such as 0, 1, 2
 * @param size an even number of features
 * @returns shape `[..., size]`
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { sinusoidalEmbedding } from '@pushforward/nn';
 * import * as tf from '@tensorflow/tfjs';
 * const features = sinusoidalEmbedding(tf.range(0, 100), 32); // [100, 32]
 * ```
 */
export function sinusoidalEmbedding(
  t: Tensor,
  size: number,
  options: SinusoidalOptions = {},
): Tensor {
  const where = 'sinusoidalEmbedding';
  checkOptions(where, options, ['maxPeriod']);
  checkCount(where, 'size', size, 2);
  if (size % 2 !== 0) throw new DomainError(`${where}: size must be even, got ${size}.`);
  const { maxPeriod = 10_000 } = options;
  checkAbove(where, 'maxPeriod', maxPeriod, 1);
  return tf.tidy(() => {
    const frequencies = Array.from({ length: size / 2 }, (_, k) => maxPeriod ** ((-2 * k) / size));
    const angles = tf.mul(tf.expandDims(t, -1), tf.tensor1d(frequencies));
    return tf.concat([tf.sin(angles), tf.cos(angles)], -1);
  });
}
