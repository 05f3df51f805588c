import { type CompileOptions, compile } from '@pushforward/compile';
import { checkCount, checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import { noiseFor } from './draw.js';
import {
  advance,
  asking,
  momentOf,
  planOf,
  startOf,
  type WalkOptions,
  walkOptions,
  wayOf,
} from './walk.js';

/** Options of {@link compileSampler}. */
export interface CompileSamplerOptions extends WalkOptions {
  /** Steps that one call of the program takes, 10 by default; fewer for networks so large that a call does not count. */
  readonly stepsAtOnce?: number;
  /** Told how far a draw has come after every call. */
  readonly onStep?: (done: number, steps: number) => void;
  /** How its programs are compiled. */
  readonly compile?: CompileOptions;
}

/** Draws by programs that are recorded once. */
export interface CompiledSampler {
  /**
   * @param shape draws for each row of the context; one by default
   * @param context shape `[...contextBatch, contextSize]`
   * @returns shape `[...shape, ...contextBatch, ...event]`
   */
  (key: Key, shape?: readonly number[], context?: Tensor): Promise<Tensor>;
  /** Frees the programs. */
  dispose(): void;
}

/**
 * Draws from a denoiser by a compiled program of a few steps, which is called again and again: it is recorded at the first call of
 * the first draw of a shape. Other steps at the end, if their number is no multiple, and the last to the data have programs of their
 * own.
 *
 * @throws OptionError or DomainError for options that are unknown or do not go together, or a grid that does not decrease
 *
 * @example
 * ```ts
 * import { compileSampler, type Denoiser, dpmSolverPlusPlus } from '@pushforward/diffusion';
 * import { Key, type Tensor } from '@pushforward/tensors';
 *
 * async function thousand(denoiser: Denoiser): Promise<Tensor> {
 *   const draw = compileSampler(denoiser, { sampler: dpmSolverPlusPlus(), steps: 20 });
 *   const x = await draw(Key.from(1), [1000]); // [1000, ...event]
 *   draw.dispose();
 *   return x;
 * }
 * ```
 */
export function compileSampler(
  denoiser: Denoiser,
  options: CompileSamplerOptions = {},
): CompiledSampler {
  const where = 'compileSampler';
  checkOptions(where, options, [...walkOptions, 'stepsAtOnce', 'onStep', 'compile']);
  const { schedule } = denoiser;
  const way = wayOf(where, schedule, options);
  const { stepsAtOnce = 10, onStep, compile: how = {} } = options;
  checkCount(where, 'stepsAtOnce', stepsAtOnce, 1);
  const some = compile(
    (state: readonly Tensor[], steps: Tensor, keys: readonly Key[], context: Tensor | undefined) =>
      advance(way.sampler, state, steps, asking(denoiser, context), keys),
    how,
  );
  const last = compile(
    (x: Tensor, moment: Tensor, context: Tensor | undefined) =>
      tf.tidy(() => asking(denoiser, context)(x, momentOf(tf.unstack(moment))).mean),
    how,
  );
  const draw = async (
    key: Key,
    shape: readonly number[] = [],
    context?: Tensor,
  ): Promise<Tensor> => {
    const [forStart, forSteps] = key.split(2);
    const plan = planOf(way, schedule);
    const count = plan.steps.shape[0];
    const total = count + Number(way.endsAtData);
    let state = tf.tidy(() => startOf(way.sampler, noiseFor(denoiser, forStart, shape, context)));
    /** Replaces the state by what comes of it. */
    const replace = async (next: (before: readonly Tensor[]) => Promise<Tensor[]>) => {
      const before = state;
      state = await next(before);
      tf.dispose(before);
    };
    try {
      for (let first = 0; first < count; first += stepsAtOnce) {
        const size = Math.min(stepsAtOnce, count - first);
        const keys = Array.from({ length: size }, (_, i) => forSteps.foldIn(first + i));
        const rows = tf.slice(plan.steps, first, size);
        await replace((state) => some(state, rows, keys, context)).finally(() => {
          rows.dispose();
        });
        onStep?.(first + size, total);
      }
      if (way.endsAtData) {
        await replace(async ([x]) => [await last(x!, plan.last, context)]);
        onStep?.(total, total);
      }
    } catch (error) {
      tf.dispose(state);
      throw error;
    } finally {
      tf.dispose([plan.steps, plan.last]);
    }
    const [x, ...memory] = state as [Tensor, ...Tensor[]];
    tf.dispose(memory);
    return x;
  };
  return Object.assign(draw, {
    dispose: () => {
      some.dispose();
      last.dispose();
    },
  });
}
