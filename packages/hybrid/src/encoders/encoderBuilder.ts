import type { Network } from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';

/** How what an encoder reads is laid out: y, `[T d]`, what was seen in the past, `[P d]`, and the inputs at all times, `[(P + T) U]`. */
export interface TrajectoryLayout {
  /** States of y, T. */
  readonly steps: number;
  /** Times of the past, P. */
  readonly past: number;
  /** What is seen at a time, `[...grid, O]`, of d numbers. */
  readonly stateShape: readonly number[];
  /** Inputs at a time, U. */
  readonly inputCount: number;
}

/**
 * Makes an encoder once its sizes are known. Builders of networks of vectors, such as `perceptron` of `@pushforward/vae`, do, and
 * need not know the layout.
 */
export type EncoderBuilder = (
  key: Key,
  sizes: { readonly inputs: number; readonly outputs: number },
  layout: TrajectoryLayout,
) => Network;
