import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** An image and what halving it forgets. */
export interface Halves {
  /** Averages over pairs of neighbours along each axis, `[N, H / 2, W / 2, C]`. */
  readonly coarse: Tensor;
  /** What they leave out, in orthonormal coordinates: `[N, H / 2, W / 2, (2^k - 1) C]` for k axes. */
  readonly details: Tensor;
}

/**
 * One step of the Haar wavelets along some axes: sums and differences of pairs of neighbours over sqrt 2.
 *
 * The map from x to 2^(k/2) coarse and details is orthogonal.
 *
 * @param x shape `[N, H, W, C]`, even along the axes
 * @param axes k of them, such as `[1, 2]` for images and `[1]` for sequences
 */
export function halve(x: Tensor, axes: readonly number[]): Halves {
  const [sums, ...details] = axes.reduce<Tensor[]>(
    (parts, axis) => parts.flatMap((part) => sumAndDifference(part, axis)),
    [x],
  );
  return { coarse: tf.mul(2 ** (-axes.length / 2), sums!), details: tf.concat(details, -1) };
}

/** The inverse of {@link halve}. */
export function double({ coarse, details }: Halves, axes: readonly number[]): Tensor {
  const sums = tf.mul(2 ** (axes.length / 2), coarse);
  const others = tf.split(details, 2 ** axes.length - 1, -1);
  const [x] = axes.reduceRight<Tensor[]>(
    (parts, axis) =>
      Array.from({ length: parts.length / 2 }, (_, i) =>
        neighbours(parts[2 * i]!, parts[2 * i + 1]!, axis),
      ),
    [sums, ...others],
  );
  return x!;
}

/** (a + b) / sqrt 2 and (a - b) / sqrt 2 of pairs of neighbours a, b. */
function sumAndDifference(x: Tensor, axis: number): [Tensor, Tensor] {
  const halved = x.shape.map((size, i) => (i === axis ? size / 2 : size));
  const size = (from: number, to?: number) => x.shape.slice(from, to).reduce((s, n) => s * n, 1);
  const pairs = tf.reshape(x, [size(0, axis) * halved[axis]!, 2, size(axis + 1)]);
  const [a, b] = tf.split(pairs, 2, 1);
  return [
    tf.reshape(tf.mul(Math.SQRT1_2, tf.add(a!, b!)), halved),
    tf.reshape(tf.mul(Math.SQRT1_2, tf.sub(a!, b!)), halved),
  ];
}

/** The inverse of {@link sumAndDifference}. */
function neighbours(sum: Tensor, difference: Tensor, axis: number): Tensor {
  const doubled = sum.shape.map((size, i) => (i === axis ? 2 * size : size));
  const size = (from: number, to?: number) => sum.shape.slice(from, to).reduce((s, n) => s * n, 1);
  const [rows, columns] = [size(0, axis + 1), size(axis + 1)];
  const each = (x: Tensor) => tf.reshape(tf.mul(Math.SQRT1_2, x), [rows, 1, columns]);
  const [s, d] = [each(sum), each(difference)];
  return tf.reshape(tf.concat([tf.add(s, d), tf.sub(s, d)], 1), doubled);
}
