import { ShapeError, searchBins, type Tensor, untracked } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { rationalQuadratic, rationalQuadraticRoot } from './rationalQuadratic.js';

/**
 * The monotone rational-quadratic spline through given knots, continued by straight lines.
 *
 * @param x shape `[...]`
 * @param knotsX increasing, shape `[..., K + 1]`
 * @param knotsY increasing, shape `[..., K + 1]`
 * @param slopes dy/dx at the knots, positive, shape `[..., K + 1]`
 * @returns y and log dy/dx, both of the shape of x
 * @throws ShapeError where the shapes do not agree
 *
 * Source: Durkan, Bekasov, Murray and Papamakarios, arXiv:1906.04032, section 3.1.
 *
 * @example
 * ```ts
 * import { rationalQuadraticSpline } from '@pushforward/bijectors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const knotsX = tf.tensor2d([[-1, 0, 1]]);
 * const knotsY = tf.tensor2d([[-1, 0.5, 1]]);
 * const slopes = tf.tensor2d([[1, 2, 1]]);
 * const [y] = rationalQuadraticSpline(tf.tensor1d([0]), knotsX, knotsY, slopes); // 0.5
 * ```
 */
export function rationalQuadraticSpline(
  x: Tensor,
  knotsX: Tensor,
  knotsY: Tensor,
  slopes: Tensor,
): [y: Tensor, logDet: Tensor] {
  check(x, knotsX, knotsY, slopes);
  return tf.tidy(() => {
    const inside = clamp(x, knotsX);
    const bin = binOf(inside, knotsX, [knotsX, knotsY, slopes]);
    const z = tf.div(tf.sub(inside, bin.left), bin.width);
    const [r, steepness] = rationalQuadratic(z, bin.d0, bin.d1);
    const slope = tf.mul(steepness, bin.meanSlope);
    const y = tf.add(bin.bottom, tf.mul(bin.height, r));
    return [tf.add(y, tf.mul(tf.sub(x, inside), slope)), tf.log(slope)];
  });
}

/**
 * The inverse of {@link rationalQuadraticSpline} at the same knots and slopes.
 *
 * @param y shape `[...]`
 * @param knotsX increasing, shape `[..., K + 1]`
 * @param knotsY increasing, shape `[..., K + 1]`
 * @param slopes dy/dx at the knots, positive, shape `[..., K + 1]`
 * @returns x and log dx/dy, both of the shape of y
 * @throws ShapeError where the shapes do not agree
 */
export function inverseRationalQuadraticSpline(
  y: Tensor,
  knotsX: Tensor,
  knotsY: Tensor,
  slopes: Tensor,
): [x: Tensor, logDet: Tensor] {
  check(y, knotsX, knotsY, slopes);
  return tf.tidy(() => {
    const inside = clamp(y, knotsY);
    const bin = binOf(inside, knotsY, [knotsX, knotsY, slopes]);
    const r = tf.div(tf.sub(inside, bin.bottom), bin.height);
    const z = rationalQuadraticRoot(r, bin.d0, bin.d1);
    const [, steepness] = rationalQuadratic(z, bin.d0, bin.d1);
    const slope = tf.mul(steepness, bin.meanSlope);
    const x = tf.add(bin.left, tf.mul(bin.width, z));
    return [tf.add(x, tf.div(tf.sub(y, inside), slope)), tf.neg(tf.log(slope))];
  });
}

/** x, or the end of the knots that it is beyond. */
function clamp(x: Tensor, knots: Tensor): Tensor {
  const first = columns(knots, 0, 1);
  const last = columns(knots, knots.shape.at(-1)! - 1, 1);
  const [low, high] = [tf.reshape(first, x.shape), tf.reshape(last, x.shape)];
  const below = untracked(() => tf.greaterEqual(low, x));
  const above = untracked(() => tf.greaterEqual(x, high));
  return tf.where(below, low, tf.where(above, high, x));
}

/** The numbers of the bin that x falls into, of its shape; d0 and d1 are slopes in units of the mean slope. */
function binOf(x: Tensor, knots: Tensor, [knotsX, knotsY, slopes]: [Tensor, Tensor, Tensor]) {
  const bins = knots.shape.at(-1)! - 1;
  const chosen = untracked(() => {
    const index = tf.expandDims(searchBins(x, knots), -1);
    return tf.cast(tf.equal(index, tf.range(0, bins, 1, 'int32')), 'float32');
  });
  const at = (values: Tensor, offset: 0 | 1) =>
    tf.sum(tf.mul(chosen, columns(values, offset, bins)), -1);
  const left = at(knotsX, 0);
  const bottom = at(knotsY, 0);
  const width = tf.sub(at(knotsX, 1), left);
  const height = tf.sub(at(knotsY, 1), bottom);
  const meanSlope = tf.div(height, width);
  const d0 = tf.div(at(slopes, 0), meanSlope);
  const d1 = tf.div(at(slopes, 1), meanSlope);
  return { left, width, bottom, height, meanSlope, d0, d1 };
}

function columns(x: Tensor, from: number, count: number): Tensor {
  return tf.slice(
    x,
    x.shape.map((_, axis) => (axis === x.rank - 1 ? from : 0)),
    [...x.shape.slice(0, -1), count],
  );
}

function check(x: Tensor, knotsX: Tensor, knotsY: Tensor, slopes: Tensor): void {
  const expected = [...x.shape, Math.max(2, knotsX.shape.at(-1) ?? 0)];
  for (const [name, { shape }] of Object.entries({ knotsX, knotsY, slopes }))
    if (shape.length !== expected.length || shape.some((size, i) => size !== expected[i]))
      throw new ShapeError(
        `rationalQuadraticSpline: ${name} must have shape [${expected.join(', ')}], one row of ` +
          `knots for each number of x, got [${shape.join(', ')}].`,
      );
}
