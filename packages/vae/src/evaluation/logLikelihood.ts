import { type CompileOptions, compile } from '@pushforward/compile';
import {
  checkCount,
  checkOptions,
  type Key,
  logSumExp,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { LatentVariableModel } from '../contracts.js';

/** Options of {@link logLikelihood}. */
export interface LogLikelihoodOptions {
  /** k: draws of z for each x; 1000 by default. */
  readonly draws?: number;
  /** Context of each row, shape `[N, C]`, of a conditional model. */
  readonly context?: Tensor;
  /** Rows evaluated at once, 20 by default. */
  readonly rowsAtOnce?: number;
  /** Draws evaluated at once, 50 by default; memory grows with the product of both. */
  readonly drawsAtOnce?: number;
  /** Whether it runs as a recorded program; true by default, options of `compile` for more. */
  readonly compile?: boolean | CompileOptions;
}

/**
 * log p(x) by importance sampling, log 1/k sum_i p(x, z_i) / q(z_i | x), z_i ~ q(z | x), in nats: too small on average, by less
 * the more draws there are.
 *
 * Numbers of draws that fit into memory are evaluated at once, and their sums put together in double precision.
 *
 * Source: Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders", arXiv:1509.00519.
 *
 * @param model whose prior and likelihood have densities
 * @param x shape `[N, ...event]`
 * @returns shape `[N]`
 * @throws OptionError, DomainError or ShapeError for what is unknown, outside its domain or has no rows
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, logLikelihood, perceptron, vae } from '@pushforward/vae';
 * const networks = { encoder: perceptron([8]), decoder: perceptron([8]) };
 * const model = vae(Key.from(1), { likelihood: bernoulli(6), latent: 2, ...networks });
 * const x = Key.from(2).bernoulli(0.5, [10, 6]);
 * const logProb = await logLikelihood(Key.from(3), model, x, { draws: 100 }); // [10]
 * ```
 */
export async function logLikelihood(
  key: Key,
  model: LatentVariableModel,
  x: Tensor,
  options: LogLikelihoodOptions = {},
): Promise<Tensor> {
  const where = 'logLikelihood';
  checkOptions(where, options, ['draws', 'context', 'rowsAtOnce', 'drawsAtOnce', 'compile']);
  const { draws = 1000, context, rowsAtOnce = 20, drawsAtOnce = 50 } = options;
  checkCount(where, 'draws', draws, 1);
  checkCount(where, 'rowsAtOnce', rowsAtOnce, 1);
  checkCount(where, 'drawsAtOnce', drawsAtOnce, 1);
  const { compile: how = true } = options;
  const ofRows = (shape: readonly number[], count: number | undefined) => {
    if (shape.length !== 1 || shape[0] !== count)
      throw new ShapeError(
        `${where}: x must have rows [N, ...event], and context as many; got x [${x.shape.join(', ')}]` +
          `${context ? ` and context [${context.shape.join(', ')}]` : ''}.`,
      );
  };
  ofRows((context ?? x).shape.slice(0, 1), x.shape[0]);
  const total = totalWeight(model);
  const program = how === false ? undefined : compile(total, how === true ? {} : how);
  const results: number[] = [];
  try {
    for (const [batch, rows] of slices(x.shape[0], rowsAtOnce).entries()) {
      const part = tf.slice(x, rows.begin, rows.size);
      const its = context && tf.slice(context, rows.begin, rows.size);
      const sums: Float32Array[] = [];
      for (const [i, { size }] of slices(draws, drawsAtOnce).entries()) {
        const sum = await (program ?? total)(part, its, key.foldIn(batch).foldIn(i), size);
        sums.push((await sum.data()) as Float32Array);
        sum.dispose();
        ofRows(sum.shape, rows.size);
      }
      tf.dispose([part, ...(its ? [its] : [])]);
      for (let row = 0; row < rows.size; row++)
        results.push(logAddAll(sums.map((sum) => sum[row]!)) - Math.log(draws));
    }
  } finally {
    program?.dispose();
  }
  return tf.tensor1d(results);
}

/** log sum_i w_i of some draws, `[rows]`. */
function totalWeight(model: LatentVariableModel) {
  return (x: Tensor, context: Tensor | undefined, key: Key, draws: number): Tensor =>
    tf.tidy(() => {
      const [z, logQ] = model.posteriorAt(x, context).sampleAndLogProb(key, [draws]);
      const logJoint = tf.add(
        model.likelihoodAt(z, context).logProb(x),
        model.priorAt(context).logProb(z),
      );
      return logSumExp(tf.sub(logJoint, logQ), 0);
    });
}

/** 0 .. count in pieces of at most `size`. */
function slices(count: number, size: number): { begin: number; size: number }[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    begin: i * size,
    size: Math.min(size, count - i * size),
  }));
}

/** log sum e^x. */
function logAddAll(numbers: readonly number[]): number {
  const largest = Math.max(...numbers);
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(numbers.reduce((sum, n) => sum + Math.exp(n - largest), 0));
}
