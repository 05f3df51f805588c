import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * The Laplace operator on a periodic square grid by the five-point stencil:
 * (x[i+1, j] + x[i-1, j] + x[i, j+1] + x[i, j-1] - 4 x[i, j]) / h^2, as two products with the circulant matrix of second
 * differences.
 *
 * @param x shape `[N, n, n]`
 * @param spacing h
 * @returns shape `[N, n, n]`
 */
export function periodicLaplacian(x: Tensor, spacing: number): Tensor {
  return tf.tidy(() => {
    const [rows, n] = x.shape as [number, number];
    const second = tf.tensor2d(secondDifferences(n, spacing));
    const down = tf.matMul(tf.reshape(x, [rows * n, n]), second);
    const across = tf.matMul(tf.reshape(tf.transpose(x, [0, 2, 1]), [rows * n, n]), second);
    const back = tf.transpose(tf.reshape(across, [rows, n, n]), [0, 2, 1]);
    return tf.add(tf.reshape(down, [rows, n, n]), back);
  });
}

function secondDifferences(n: number, spacing: number): number[][] {
  const entry = (i: number, j: number) => {
    const apart = (i - j + n) % n;
    const neighbours = Number(apart === 1) + Number(apart === n - 1);
    return (neighbours - (apart === 0 ? 2 : 0)) / spacing ** 2;
  };
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j)));
}
