/**
 * What an ideal Gaussian VAE learns of data that are uniform on the sphere of radius R in D dimensions: decoded means
 * that are uniform on a sphere of radius r, which depends on the standard deviation sigma of its likelihood. In double
 * precision.
 *
 * Source: Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section 6.3.1;
 * Berger and Sebag, "Variational auto-encoder: not all failures are equal", arXiv:2003.01972.
 */
import { checkAbove, checkCount, DomainError } from '@pushforward/tensors';

/** Data on a sphere, and how blurred they are seen. */
export interface Hypersphere {
  /** D >= 2: numbers of a vector. */
  readonly dimension: number;
  /** R > 0. */
  readonly radius: number;
  /** sigma > 0: the standard deviation of the likelihood, in each dimension. */
  readonly scale: number;
}

/**
 * The r that is best, of which the likelihood is greatest: r = R I_(D/2)(R r / sigma^2) / I_(D/2-1)(R r / sigma^2), and
 * 0 where sigma >= R / sqrt(D): then the whole sphere is taken for noise around its centre, and nothing is learned.
 *
 * @throws DomainError for numbers outside their range
 *
 * @example
 * ```ts
 * import { hypersphereOptimum } from '@pushforward/vae';
 * console.log(hypersphereOptimum({ dimension: 2, radius: 1, scale: 0.5 })); // 0.8315
 * console.log(hypersphereOptimum({ dimension: 10, radius: 1, scale: 0.32 })); // 0: above 1 / sqrt(10)
 * ```
 */
export function hypersphereOptimum(sphere: Hypersphere): number {
  const { dimension, radius, scale } = check('hypersphereOptimum', sphere);
  if (scale >= radius / Math.sqrt(dimension)) return 0;
  // R A(R r / sigma^2) - r is positive below the root and negative above.
  let [low, high] = [0, radius];
  for (let i = 0; i < 60; i++) {
    const r = (low + high) / 2;
    if (radius * besselRatio(dimension, (radius * r) / scale ** 2) > r) low = r;
    else high = r;
  }
  return (low + high) / 2;
}

/**
 * The mean log-likelihood of the data where the means are on a sphere of radius r, less that where they are all at the
 * centre: log l(r) - log l(0), l(r) = e^(-r^2 / 2 sigma^2) times the integral over [0, pi] of e^((R r / sigma^2) cos t)
 * sin^(D-2) t.
 *
 * @param r at least 0
 * @throws DomainError for numbers outside their range
 */
export function hypersphereGain(sphere: Hypersphere, r: number): number {
  const { dimension, radius, scale } = check('hypersphereGain', sphere);
  if (!(r >= 0 && r < Infinity))
    throw new DomainError(`hypersphereGain: r must be finite and >= 0, got ${r}.`);
  // The integral over that at 0 is sum_m (k^2 / 4)^m / (m! (D/2)_m), k = R r / sigma^2.
  const quarter = ((radius * r) / scale ** 2) ** 2 / 4;
  const peak = Math.sqrt(quarter + (dimension / 4) ** 2);
  const logTerms = [0];
  for (let m = 1; m < peak + 20 * Math.sqrt(peak + 1) + 40; m++)
    logTerms.push(logTerms.at(-1)! + Math.log(quarter / (m * (dimension / 2 + m - 1))));
  const largest = logTerms.reduce((largest, term) => Math.max(largest, term));
  const sum = logTerms.reduce((sum, term) => sum + Math.exp(term - largest), 0);
  return largest + Math.log(sum) - r ** 2 / (2 * scale ** 2);
}

/** I_(D/2)(k) / I_(D/2-1)(k), by its continued fraction 1 / (D / k + 1 / ((D + 2) / k + ...)). */
function besselRatio(dimension: number, k: number): number {
  let ratio = 0;
  for (let n = Math.ceil(k + 60); n >= 0; n--) ratio = k / (dimension + 2 * n + k * ratio);
  return ratio;
}

function check(where: string, sphere: Hypersphere): Hypersphere {
  checkCount(where, 'dimension', sphere.dimension, 2);
  checkAbove(where, 'radius', sphere.radius, 0);
  checkAbove(where, 'scale', sphere.scale, 0);
  return sphere;
}
