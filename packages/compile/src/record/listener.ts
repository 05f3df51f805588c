import type * as tf from '@tensorflow/tfjs';
import type { DataId, TensorInfo } from './inputs.js';

/** Hears every kernel that runs and every tensor that is made from numbers while a recording is on. */
export interface Listener {
  kernel(
    name: string,
    inputs: Record<string, TensorInfo>,
    attributes: Record<string, unknown>,
    outputs: TensorInfo[],
  ): void;
  written(
    dataId: DataId,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
  ): void;
  /**
   * What is heard from here on is one turn over slices, and stands for all.
   *
   * @param given what the turn gets: what is handed on, and its slices
   * @param starts what the first turn gets for what is handed on; undefined where turns are added
   */
  turnBegins(
    over: readonly TensorInfo[],
    given: readonly TensorInfo[],
    starts?: readonly TensorInfo[],
  ): void;
  /** What the turn gave, and what all turns give. */
  turnEnds(results: readonly TensorInfo[], all: readonly TensorInfo[]): void;
  /** A number was drawn that no key gives, at this place. */
  chance(place: string): void;
}

/** Hears nothing. */
export const deaf: Listener = {
  kernel: () => {},
  written: () => {},
  turnBegins: () => {},
  turnEnds: () => {},
  chance: () => {},
};
