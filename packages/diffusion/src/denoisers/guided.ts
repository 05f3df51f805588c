import {
  checkAbove,
  checkOptions,
  constant,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Levels } from '../schedules/schedule.js';
import { Denoised } from './denoised.js';
import { batchOf, Denoiser } from './denoiser.js';

/** Options of {@link guided}. */
export interface GuidedOptions {
  /** w: 1 is the denoiser as it is, 0 the one without context; more than 1 exaggerates what the context tells. */
  readonly scale: number;
  /** The context that stands for none, as in training; zeros by default. */
  readonly unconditional?: readonly number[];
}

/** What a context tells, times a factor. */
class Guided extends Denoiser {
  override readonly schedule;
  override readonly eventShape;
  override readonly contextSize;
  /** `[C]`. */
  private readonly unconditional: Tensor;

  constructor(
    readonly denoiser: Denoiser,
    private readonly scale: number,
    unconditional: readonly number[],
  ) {
    super();
    this.schedule = denoiser.schedule;
    this.eventShape = denoiser.eventShape;
    this.contextSize = denoiser.contextSize;
    this.unconditional = constant(() => tf.tensor1d([...unconditional]));
  }

  override posterior(xt: Tensor, t: Tensor, context?: Tensor, levels?: Levels): Denoised {
    this.check(xt, t, context);
    const batch = batchOf(xt, this);
    const size = [...batch, this.contextSize];
    // One call for both, with another axis in front.
    const both = this.denoiser.posterior(
      tf.stack([xt, xt]),
      t,
      tf.stack([
        tf.broadcastTo(tf.cast(context!, 'float32'), size),
        tf.broadcastTo(this.unconditional, size),
      ]),
      levels,
    );
    const [told, untold] = tf.unstack(both.value) as [Tensor, Tensor];
    const value = tf.add(untold, tf.mul(this.scale, tf.sub(told, untold)));
    const variance = both.variance && tf.unstack(both.variance)[0]!;
    return new Denoised(xt, this.place(t, levels), both.form, value, variance);
  }
}

/**
 * Classifier-free guidance: w times what a denoiser predicts with a context and 1 - w times what it predicts without. In which of its
 * forms it predicts does not matter, for at a given x_t each is a line in all others. A learned variance is the one with context.
 *
 * The denoiser must have seen the context that stands for none: train with `contextDropout`.
 *
 * Source: Ho and Salimans, "Classifier-free diffusion guidance", arXiv:2207.12598, eq. 6, with w counted from 0.
 *
 * @throws OptionError, DomainError or ShapeError for a denoiser without context, and options that are unknown or do not fit
 *
 * @example
 * ```ts
 * import { guided, networkDenoiser, variancePreserving } from '@pushforward/diffusion';
 * import { TimedMLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const network = new TimedMLP(Key.from(1), { features: 2, context: 10, hidden: [32] });
 * const denoiser = guided(networkDenoiser(network, variancePreserving()), { scale: 3 });
 * ```
 */
export function guided(denoiser: Denoiser, options: GuidedOptions): Denoiser {
  checkOptions('guided', options, ['scale', 'unconditional']);
  const { contextSize } = denoiser;
  const { scale, unconditional = Array<number>(contextSize).fill(0) } = options;
  checkAbove('guided', 'scale', scale, -Infinity);
  if (contextSize === 0)
    throw new OptionError('guided: the denoiser must read a context, and this one reads none.');
  if (unconditional.length !== contextSize)
    throw new ShapeError(
      `guided: the unconditional context must have ${contextSize} numbers, got ${unconditional.length}.`,
    );
  return new Guided(denoiser, scale, unconditional);
}
