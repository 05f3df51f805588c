import { type CompileOptions, compile } from '@pushforward/compile';
import { checkCount, checkOptions, type Key, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import type { DenoisingObjective } from '../objectives/objective.js';
import { variational } from '../objectives/variational.js';

/** Options of {@link lowerBound}. */
export interface LowerBoundOptions {
  /** The bound; {@link variational} by default. */
  readonly objective?: DenoisingObjective;
  /** Draws of times and noise for each row; 100 by default. */
  readonly draws?: number;
  /** Context of each row, shape `[N, C]`, of a conditional denoiser. */
  readonly context?: Tensor;
  /** Rows evaluated at once, 100 by default. */
  readonly rowsAtOnce?: number;
  /** Whether it runs as a recorded program; true by default, options of `compile` for more. */
  readonly compile?: boolean | CompileOptions;
}

/**
 * A lower bound of log p(x) for every row, in nats: minus the mean of an objective over draws of times and noise.
 *
 * It is unbiased, so the mean over rows is one of the bound however few the draws. `bitsPerDimension` of `@pushforward/metrics` makes bits
 * of it: of one level where the objective is told the levels of discrete x, for then it bounds the log of a probability.
 *
 * @param x shape `[N, ...event]`
 * @returns shape `[N]`
 * @throws OptionError, DomainError or ShapeError for what is unknown, outside its domain or has not as many rows
 *
 * @example
 * ```ts
 * import { ddpm, lowerBound } from '@pushforward/diffusion';
 * import { Key } from '@pushforward/tensors';
 * const { denoiser } = ddpm(Key.from(1), { features: 2, hidden: [16] });
 * const x = Key.from(2).normal([50, 2]);
 * const bound = await lowerBound(Key.from(3), denoiser, x, { draws: 10 }); // [50]
 * ```
 */
export async function lowerBound(
  key: Key,
  denoiser: Denoiser,
  x: Tensor,
  options: LowerBoundOptions = {},
): Promise<Tensor> {
  const where = 'lowerBound';
  checkOptions(where, options, ['objective', 'draws', 'context', 'rowsAtOnce', 'compile']);
  const { objective = variational(), draws = 100, context, rowsAtOnce = 100 } = options;
  checkCount(where, 'draws', draws, 1);
  checkCount(where, 'rowsAtOnce', rowsAtOnce, 1);
  if (x.rank !== denoiser.eventShape.length + 1)
    throw new ShapeError(
      `${where}: x of shape [N, ${denoiser.eventShape.join(', ')}] is needed, got [${x.shape.join(', ')}].`,
    );
  if (context !== undefined && (context.rank !== 2 || context.shape[0] !== x.shape[0]))
    throw new ShapeError(
      `${where}: a context for each of ${x.shape[0]} rows is needed, got contexts of shape [${context.shape.join(', ')}].`,
    );
  const { compile: how = true } = options;
  const losses = (x: Tensor, context: Tensor | undefined, key: Key): Tensor =>
    objective.rowLosses(denoiser, context ? { x, context } : { x }, key);
  const program = how === false ? undefined : compile(losses, how === true ? {} : how);
  const count = x.shape[0];
  const sums = new Float64Array(count);
  try {
    for (let begin = 0; begin < count; begin += rowsAtOnce) {
      const size = Math.min(rowsAtOnce, count - begin);
      const rows = tf.slice(x, begin, size);
      const its = context && tf.slice(context, begin, size);
      try {
        for (let i = 0; i < draws; i++) {
          const loss = await (program ?? losses)(rows, its, key.foldIn(begin).foldIn(i));
          for (const [row, value] of (await loss.data()).entries()) sums[begin + row]! += value;
          loss.dispose();
        }
      } finally {
        tf.dispose(its ? [rows, its] : [rows]);
      }
    }
  } finally {
    program?.dispose();
  }
  return tf.tensor1d(Array.from(sums, (sum) => -sum / draws));
}
