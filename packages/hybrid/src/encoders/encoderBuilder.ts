import type { Network } from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';

/** How what an encoder reads is laid out: y, `[T d]`, the first state, `[d]`, and the inputs at all times, `[(T + 1) U]`. */
export interface TrajectoryLayout {
  /** States of y, T. */
  readonly steps: number;
  /** `[...grid, S]`, of d numbers. */
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
