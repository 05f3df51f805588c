import {
  broadcastShapes,
  checkContext,
  checkEvent,
  Module,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Levels, Schedule } from '../schedules/schedule.js';
import type { Denoised, Place } from './denoised.js';

/** Tells of x_t = alpha x + sigma eps what x may have been. */
export abstract class Denoiser extends Module {
  /** How noise comes in. */
  abstract readonly schedule: Schedule;

  /** Shape of x: `[D]` for a vector, `[H, W, C]` for an image. */
  abstract readonly eventShape: readonly number[];

  /** Numbers per context vector; 0 where none is read. */
  readonly contextSize: number = 0;

  /**
   * What is known of x given x_t; its tensors are the surrounding `tf.tidy`'s.
   *
   * @param xt shape `[...batch, ...event]`
   * @param t in (0, 1], shape `[...batch]`, or what broadcasts to it, such as `[]` for a time that all rows share
   * @param context shape `[...batch, contextSize]`, or what broadcasts to it
   * @param levels those of the schedule at t, for whoever knows them already
   * @throws ShapeError where shapes do not fit
   */
  abstract posterior(xt: Tensor, t: Tensor, context?: Tensor, levels?: Levels): Denoised;

  /** The levels of the schedule at t, each of the shape of t with the axes of an event behind. */
  place(t: Tensor, levels = this.schedule.at(t)): Place {
    const rank = this.eventShape.length;
    const { alpha, sigma } = levels;
    return {
      alpha: withAxes(alpha, rank),
      sigma: withAxes(sigma, rank),
      slopes: () => {
        const { alpha, variance } = this.schedule.slopes(t);
        return { alpha: withAxes(alpha, rank), variance: withAxes(variance, rank) };
      },
    };
  }

  /** Throws a ShapeError unless x_t, times and contexts fit. */
  protected check(xt: Tensor, t: Tensor, context: Tensor | undefined): void {
    const where = this.constructor.name;
    checkEvent(where, xt, this.eventShape);
    checkContext(where, this.contextSize, context);
    const batch = batchOf(xt, this);
    const all = context === undefined ? [t.shape] : [t.shape, context.shape.slice(0, -1)];
    for (const shape of all)
      if (broadcastShapes(where, batch, shape).join() !== batch.join())
        throw new ShapeError(
          `${where}: times and contexts must be of the batch of x_t, [${batch.join(', ')}], or broadcast to it, got [${shape.join(', ')}].`,
        );
  }
}

/** The shape of the rows of x, `[...batch]` of `[...batch, ...event]`. */
export function batchOf(x: Tensor, { eventShape }: Pick<Denoiser, 'eventShape'>): number[] {
  return x.shape.slice(0, x.rank - eventShape.length);
}

/** x `[...]` -> `[..., 1, .., 1]`, with `rank` axes more; a number stays one. */
export function withAxes(x: Tensor, rank: number): Tensor {
  return x.rank === 0 ? x : tf.reshape(x, [...x.shape, ...Array<number>(rank).fill(1)]);
}
