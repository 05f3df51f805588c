import { type CompileOptions, compile } from '@pushforward/compile';
import { checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import { noiseFor } from './draw.js';
import type { Moment } from './sampler.js';
import {
  advance,
  asking,
  planOf,
  type StepNumbers,
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
 * the first draw of a shape, and never again.
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
  checkOptions('compileSampler', options, [...walkOptions, 'onStep', 'compile']);
  const { schedule } = denoiser;
  const way = wayOf('compileSampler', schedule, options);
  const { onStep, compile: how = {} } = options;
  const step = compile(
    (state: readonly Tensor[], numbers: StepNumbers, key: Key, context: Tensor | undefined) =>
      advance(way.sampler, state, numbers, asking(denoiser, context), key),
    how,
  );
  const last = compile(
    (x: Tensor, at: Moment, context: Tensor | undefined) =>
      tf.tidy(() => asking(denoiser, context)(x, at).mean),
    how,
  );
  const draw = async (
    key: Key,
    shape: readonly number[] = [],
    context?: Tensor,
  ): Promise<Tensor> => {
    const [forStart, forSteps] = key.split(2);
    const plan = planOf(way, schedule);
    const { steps } = plan;
    let state = tf.tidy(() => startOf(way.sampler, noiseFor(denoiser, forStart, shape, context)));
    const count = steps.length + Number(way.endsAtData);
    try {
      for (const [k, numbers] of steps.entries()) {
        const before = state;
        state = await step(before, numbers, forSteps.foldIn(k), context);
        tf.dispose(before);
        onStep?.(k + 1, count);
      }
      if (way.endsAtData) {
        const before = state;
        state = [await last(before[0]!, plan.last, context)];
        tf.dispose(before);
        onStep?.(count, count);
      }
    } catch (error) {
      tf.dispose(state);
      throw error;
    } finally {
      tf.dispose(plan as unknown as tf.TensorContainer);
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
