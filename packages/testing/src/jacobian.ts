import * as tf from '@tensorflow/tfjs';

/**
 * dy_i/dx_j of a map of vectors, for every row of a batch, by reverse-mode differentiation.
 *
 * @param f `[B, D]` -> `[B, M]`, each row by itself
 * @param x shape `[B, D]`
 * @returns `[B][M][D]`
 */
export function jacobian(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): number[][][] {
  return tf.tidy(() => {
    const outputs = f(x).shape.at(-1)!;
    const rows = Array.from({ length: outputs }, (_, i) =>
      // Summed over the batch: each row of x only feeds its own row of y.
      tf.grad((x) => tf.sum(tf.slice(f(x), [0, i], [-1, 1])))(x),
    );
    return tf.stack(rows, 1).arraySync() as number[][][];
  });
}

/**
 * dy_i/dx_j by central differences, (f(x + h e_j) - f(x - h e_j)) / 2h.
 *
 * The error is some h^2 |f'''| / 6 + eps |f| / h: in double precision about 1e-10 with the default step, in float32
 * never better than 1e-4. Use it under `@pushforward/testing/float64`.
 *
 * @param f `[B, D]` -> `[B, M]`, each row by itself
 * @param x shape `[B, D]`
 * @returns `[B][M][D]`
 */
export function finiteDifferences(
  f: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  step = Float32Array.BYTES_PER_ELEMENT === 8 ? 1e-5 : 5e-3,
): number[][][] {
  return tf.tidy(() => {
    const inputs = x.shape.at(-1)!;
    const columns = Array.from({ length: inputs }, (_, j) => {
      const shift = tf.tensor1d(Array.from({ length: inputs }, (_, k) => (k === j ? step : 0)));
      return tf.div(tf.sub(f(tf.add(x, shift)), f(tf.sub(x, shift))), 2 * step);
    });
    return tf.stack(columns, -1).arraySync() as number[][][];
  });
}

/** log|det A| of a square matrix, by elimination with partial pivoting in double precision; -Infinity if singular. */
export function logAbsDet(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.map((row) => [...row]);
  let total = 0;
  for (let k = 0; k < rows.length; k++) {
    let pivot = k;
    for (let i = k + 1; i < rows.length; i++)
      if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    const head = rows[k]![k]!;
    total += Math.log(Math.abs(head));
    if (head === 0) return Number.NEGATIVE_INFINITY;
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i]![k]! / head;
      for (let j = k; j < rows.length; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  return total;
}
