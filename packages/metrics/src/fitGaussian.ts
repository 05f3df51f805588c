import { MultivariateNormal } from '@pushforward/distributions';
import { DataError, type Tensor } from '@pushforward/tensors';
import { cholesky, keep, meanAndCovariance, readRows } from './matrix.js';

/** A normal law fitted to rows. */
export class FittedGaussian extends MultivariateNormal {
  /** @internal made by {@link fitGaussian} */
  constructor(
    loc: Tensor,
    scaleTril: Tensor,
    /** What was added to each variance because the covariance was singular; 0 otherwise. */
    readonly ridge: number,
  ) {
    super(loc, scaleTril);
  }
}

/**
 * The normal law of greatest likelihood: mean and covariance (divided by N) of the rows, computed in double precision.
 *
 * Where the covariance is singular, so that no density exists, a millionth of the mean variance is added to each
 * variance; the result states it as `ridge`.
 *
 * @param x shape `[N, D]`
 * @returns a law that owns its tensors: `dispose` frees them
 * @throws DataError for fewer than two rows, rows that are all equal, or numbers that are not finite
 *
 * @example
 * ```ts
 * import { fitGaussian, meanLogLikelihood } from '@pushforward/metrics';
 * import { Key } from '@pushforward/tensors';
 * const [forTraining, forTest] = Key.from(1).split(2);
 * const law = await fitGaussian(forTraining.normal([1000, 3]));
 * const { mean } = await meanLogLikelihood(law, forTest.normal([1000, 3]));
 * ```
 */
export async function fitGaussian(x: Tensor): Promise<FittedGaussian> {
  const rows = await readRows('fitGaussian', x);
  const { mean, covariance } = meanAndCovariance(rows);
  const { L, ridge } = factor('fitGaussian', covariance, rows.size);
  return new FittedGaussian(keep(mean, [rows.size]), keep(L, [rows.size, rows.size]), ridge);
}

/**
 * The Cholesky factor of a covariance, to which a ridge is added only if it is singular.
 *
 * @throws DataError where every variance is zero
 */
export function factor(
  where: string,
  covariance: Float64Array,
  size: number,
): { L: Float64Array; ridge: number } {
  const plain = cholesky(covariance, size);
  if (plain) return { L: plain, ridge: 0 };
  const variances = Array.from({ length: size }, (_, i) => covariance[i * size + i]!);
  const ridge = (1e-6 * variances.reduce((sum, variance) => sum + variance, 0)) / size;
  const regular = covariance.map((value, at) => (at % (size + 1) === 0 ? value + ridge : value));
  const L = cholesky(regular, size);
  if (!L) throw new DataError(`${where}: all rows are equal; a density needs rows that vary.`);
  return { L, ridge };
}
