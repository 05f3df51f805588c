import { constant, DomainError, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Levels, Schedule } from '../schedules/schedule.js';
import { Denoised, type Place } from './denoised.js';
import { Denoiser } from './denoiser.js';

/** What there is to know of x ~ N(m, S): everything, in coordinates in which S is diagonal. */
class GaussianDenoiser extends Denoiser {
  override readonly eventShape: readonly number[];
  /** m, `[D]`. */
  private readonly mean: Tensor;
  /** Of S, `[D]`, each with its vector in a column, `[D, D]`. */
  private readonly eigenvalues: Tensor;
  private readonly eigenvectors: Tensor;

  constructor(
    override readonly schedule: Schedule,
    mean: readonly number[],
    eigenvalues: readonly number[],
    eigenvectors: number[][],
  ) {
    super();
    this.eventShape = [mean.length];
    this.mean = constant(() => tf.tensor1d([...mean]));
    this.eigenvalues = constant(() => tf.tensor1d([...eigenvalues]));
    this.eigenvectors = constant(() => tf.tensor2d(eigenvectors));
  }

  override posterior(xt: Tensor, t: Tensor, context?: Tensor, levels?: Levels): Denoised {
    this.check(xt, t, context);
    const place = this.place(t, levels);
    const { alpha, sigma } = place;
    const noise = tf.square(sigma);
    const total = tf.add(tf.mul(tf.square(alpha), this.eigenvalues), noise);
    const away = this.rotate(tf.sub(xt, tf.mul(alpha, this.mean)), true);
    const left = tf.div(tf.mul(noise, this.eigenvalues), total);
    const variance = tf.add(
      product(left, tf.transpose(tf.square(this.eigenvectors))),
      tf.zerosLike(xt),
    );
    if (!this.schedule.endsInNoise) {
      const score = tf.neg(this.rotate(tf.div(away, total), false));
      return new Denoised(xt, place, 'score', score, variance);
    }
    return new Denoised(xt, place, 'velocity', this.velocity(place, away, total), variance);
  }

  /** alpha eps - sigma x, which tells x where nothing of it is left as well: alpha sigma (I - S) total^-1 (x_t - alpha m) - sigma m. */
  private velocity({ alpha, sigma }: Place, away: Tensor, total: Tensor): Tensor {
    const factor = tf.mul(tf.mul(alpha, sigma), tf.div(tf.sub(1, this.eigenvalues), total));
    return tf.sub(this.rotate(tf.mul(factor, away), false), tf.mul(sigma, this.mean));
  }

  /** To the coordinates in which S is diagonal, or back. */
  private rotate(x: Tensor, there: boolean): Tensor {
    return product(x, there ? this.eigenvectors : tf.transpose(this.eigenvectors));
  }
}

/** x W for x `[..., D]`. */
function product(x: Tensor, W: Tensor): Tensor {
  const rows = tf.reshape(x, [-1, W.shape[0]]);
  return tf.reshape(tf.matMul(rows, W), x.shape);
}

/**
 * The best denoiser there is of data x ~ N(m, S): with K = alpha^2 S + sigma^2 I it knows E[eps | x_t] = sigma K^-1 (x_t - alpha m) and
 * Var[x | x_t], the diagonal of sigma^2 S K^-1, exactly.
 *
 * All that is made of denoisers has a closed form with it: what samplers should draw, what bounds and likelihoods should be.
 *
 * @param mean m, D numbers
 * @param covariance S, `[D][D]`
 * @throws ShapeError or DomainError unless the covariance is symmetric, of the size of the mean and without negative eigenvalues
 *
 * @example
 * ```ts
 * import { gaussianDenoiser, variancePreserving } from '@pushforward/diffusion';
 * import * as tf from '@tensorflow/tfjs';
 * const denoiser = gaussianDenoiser(variancePreserving(), [1, 2], [[2, 0.5], [0.5, 1]]);
 * const { mean } = denoiser.posterior(tf.zeros([4, 2]), tf.scalar(0.3)); // [4, 2]
 * ```
 */
export function gaussianDenoiser(
  schedule: Schedule,
  mean: readonly number[],
  covariance: readonly (readonly number[])[],
): Denoiser {
  const where = 'gaussianDenoiser';
  const size = mean.length;
  if (size === 0 || covariance.length !== size || covariance.some((row) => row.length !== size))
    throw new ShapeError(
      `${where}: a mean of D > 0 numbers and a covariance [D][D] are needed, got ${size} and ` +
        `[${covariance.length}][${covariance[0]?.length ?? 0}].`,
    );
  const numbers = [...mean, ...covariance.flat()];
  if (!numbers.every(Number.isFinite))
    throw new DomainError(
      `${where}: mean and covariance must be finite, got ${numbers.join(', ')}.`,
    );
  const S = new Matrix(covariance.map((row) => [...row]));
  if (!S.isSymmetric()) throw new DomainError(`${where}: the covariance must be symmetric.`);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(S, {
    assumeSymmetric: true,
  });
  const rounding = 1e-12 * Math.max(...realEigenvalues.map(Math.abs));
  const wrong = realEigenvalues.find((value) => value < -rounding);
  if (wrong !== undefined)
    throw new DomainError(`${where}: eigenvalues must be >= 0, got ${wrong}.`);
  const eigenvalues = realEigenvalues.map((value) => Math.max(value, 0));
  return new GaussianDenoiser(schedule, mean, eigenvalues, eigenvectorMatrix.to2DArray());
}
