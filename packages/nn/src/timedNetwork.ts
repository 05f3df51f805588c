import { Module, type Tensor } from '@pushforward/tensors';

/** A learnable function of x, a time and perhaps a context: what denoisers and vector fields are made of. */
export abstract class TimedNetwork extends Module {
  /** Shape of one x: `[D]` for a vector, `[H, W, C]` for an image. */
  abstract readonly eventShape: readonly number[];

  /** Shape of one result: that of x, or one whose last axis is longer. */
  abstract readonly outputShape: readonly number[];

  /** Numbers per context vector; 0 where none is read. */
  readonly contextSize: number = 0;

  /**
   * The value at every row; it can be differentiated twice with respect to x.
   *
   * @param x shape `[B, ...event]`
   * @param t shape `[B]`: times from 0 to 1, or numbers that tell them apart
   * @param context shape `[B, contextSize]`
   * @returns shape `[B, ...output]`
   * @throws ShapeError where shapes do not fit
   */
  abstract apply(x: Tensor, t: Tensor, context?: Tensor): Tensor;
}
