import { checkCount } from '@pushforward/tensors';

/**
 * Bits per dimension of data that was whole numbers: -logLikelihood / (D log 2) + log2(levels).
 *
 * The density is one of x = (v + u) / levels in [0, 1]^D, v in 0 .. levels - 1 the data and u in [0, 1) the noise that
 * dequantised it. Any further transform of x, such as a logit, must already be in `logLikelihood` with its
 * log-determinant. With one level it is the density's own bits.
 *
 * Source: Theis, van den Oord and Bethge, "A note on the evaluation of generative models", arXiv:1511.01844, section 3.1.
 *
 * @param logLikelihood log p(x) of an example, or its mean, in nats
 * @param dimensions D, numbers per example
 * @param levels values that a number can take: 256 for 8-bit images
 * @throws DomainError unless dimensions and levels are integers >= 1
 *
 * @example
 * ```ts
 * import { bitsPerDimension } from '@pushforward/metrics';
 * bitsPerDimension(0, 784); // 8: the uniform law on [0, 1]^784
 * ```
 */
export function bitsPerDimension(logLikelihood: number, dimensions: number, levels = 256): number {
  checkCount('bitsPerDimension', 'dimensions', dimensions, 1);
  checkCount('bitsPerDimension', 'levels', levels, 1);
  return -logLikelihood / (dimensions * Math.LN2) + Math.log2(levels);
}
