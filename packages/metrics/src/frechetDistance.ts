import type { Tensor } from '@pushforward/tensors';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { meanAndCovariance, type Rows, readBoth } from './matrix.js';

/**
 * The squared 2-Wasserstein distance between the normal laws that have the means and covariances of two samples:
 * |m - n|^2 + tr(S + T - 2 (S T)^(1/2)).
 *
 * Of the features that a classifier sees in images it tells how alike two sets of images are. Only distances by the same
 * features, of as many rows, compare: fewer rows give larger ones. Takes D^3 operations, in double precision; covariances
 * may be singular.
 *
 * Source: Dowson and Landau, "The Fréchet distance between multivariate normal distributions", Journal of Multivariate
 * Analysis 12 (1982); Heusel et al., arXiv:1706.08500, eq. 6.
 *
 * @param x shape `[N, D]`
 * @param y shape `[M, D]`
 * @throws DataError for fewer than two rows, or numbers that are not finite; ShapeError for rows of different sizes
 *
 * @example
 * ```ts
 * import { frechetDistance } from '@pushforward/metrics';
 * import { Key } from '@pushforward/tensors';
 * const [forX, forY] = Key.from(1).split(2);
 * const distance = await frechetDistance(forX.normal([500, 2]), forY.normal([500, 2])); // close to 0
 * ```
 */
export async function frechetDistance(x: Tensor, y: Tensor): Promise<number> {
  const [a, b] = await readBoth('frechetDistance', x, y);
  const [ofX, ofY] = [moments(a), moments(b)];
  const root = squareRoot(ofX.covariance);
  // S T has the eigenvalues of S^(1/2) T S^(1/2), which is symmetric.
  const between = root.mmul(ofY.covariance).mmul(root);
  const apart = Matrix.sub(ofX.mean, ofY.mean).norm() ** 2;
  const spread = ofX.covariance.trace() + ofY.covariance.trace();
  return apart + spread - 2 * squareRoot(between).trace();
}

function moments(rows: Rows): { mean: Matrix; covariance: Matrix } {
  const { mean, covariance } = meanAndCovariance(rows, rows.count - 1);
  return {
    mean: Matrix.rowVector(mean),
    covariance: Matrix.from1DArray(rows.size, rows.size, covariance),
  };
}

/** A^(1/2) of a symmetric A whose eigenvalues are 0 or more but for rounding, which a root would make large. */
function squareRoot(A: Matrix): Matrix {
  const { eigenvectorMatrix: V, realEigenvalues } = new EigenvalueDecomposition(A, {
    assumeSymmetric: true,
  });
  const rounding = 1e-14 * Math.max(...realEigenvalues);
  const roots = realEigenvalues.map((value) => (value > rounding ? Math.sqrt(value) : 0));
  return V.mmul(Matrix.diag(roots)).mmul(V.transpose());
}
