import { type CompileOptions, compile } from '@pushforward/compile';
import { checkOptions, type Key, type Tensor } from '@pushforward/tensors';
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
  /** Told of every step that is done. */
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
 * Draws from a denoiser step by step, where every step is a call of one compiled program: it is recorded at the first step of
 * the first draw of a shape, and never again. The last step, to the data, is a program of its own.
 *
 * Where the network is so small that calls count, one program of all steps is faster: `compile` of a model's `sample`, which takes
 * longer to record and holds the noise of all steps.
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
  checkOptions(where, options, [...walkOptions, 'onStep', 'compile']);
  const { schedule } = denoiser;
  const way = wayOf(where, schedule, options);
  const { onStep, compile: how = {} } = options;
  const step = compile(
    (state: readonly Tensor[], numbers: Tensor, key: Key, context: Tensor | undefined) =>
      advance(way.sampler, state, numbers, asking(denoiser, context), key),
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
    const total = plan.steps.length + Number(way.endsAtData);
    let state = tf.tidy(() => startOf(way.sampler, noiseFor(denoiser, forStart, shape, context)));
    /** Replaces the state by what comes of it. */
    const replace = async (next: (before: readonly Tensor[]) => Promise<Tensor[]>) => {
      const before = state;
      state = await next(before);
      tf.dispose(before);
    };
    try {
      for (const [k, numbers] of plan.steps.entries()) {
        await replace((state) => step(state, numbers, forSteps.foldIn(k), context));
        onStep?.(k + 1, total);
      }
      if (way.endsAtData) {
        await replace(async ([x]) => [await last(x!, plan.last, context)]);
        onStep?.(total, total);
      }
    } catch (error) {
      tf.dispose(state);
      throw error;
    } finally {
      tf.dispose([...plan.steps, plan.last]);
    }
    const [x, ...memory] = state as [Tensor, ...Tensor[]];
    tf.dispose(memory);
    return x;
  };
  return Object.assign(draw, {
    dispose: () => {
      step.dispose();
      last.dispose();
    },
  });
}
