import { checkCount, DomainError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** How a vector, a sequence or an image is cut into tokens: as an image of height, width and channels. */
export class Tokens {
  /** Rows and columns of tokens. */
  readonly grid: readonly [rows: number, columns: number];

  private readonly image: readonly [number, number, number];

  /** Height and width of a token. */
  private readonly patch: readonly [number, number];

  /**
   * @param event `[D]`, `[T, F]` or `[H, W, C]`
   * @param patch numbers, steps, or pixels along both edges, of a token
   * @throws DomainError for an event of other axes, or a patch that does not divide it
   */
  constructor(
    where: string,
    private readonly event: readonly number[],
    patch: number,
  ) {
    for (const size of [...event, patch]) checkCount(where, 'a size', size, 1);
    const [height = 0, width = 1, channels = 1] =
      event.length === 2 ? [event[0], 1, event[1]] : event;
    if (event.length < 1 || event.length > 3)
      throw new DomainError(
        `${where}: a vector [D], a sequence [T, F] or an image [H, W, C] is needed, got [${event.join(', ')}].`,
      );
    this.image = [height, width, channels];
    this.patch = [patch, event.length === 3 ? patch : 1];
    this.grid = [height / this.patch[0], width / this.patch[1]];
    if (!this.grid.every(Number.isInteger))
      throw new DomainError(
        `${where}: the patch must divide [${event.join(', ')}] along its axes, got ${patch}.`,
      );
  }

  /** Numbers of a token of so many channels. */
  sizeOf(channels = this.image[2]): number {
    return this.patch[0] * this.patch[1] * channels;
  }

  /** `[B, ...event]` -> `[B, T, size]`. */
  apart(x: Tensor): Tensor {
    const [rows, columns] = this.grid;
    const [height, width] = this.patch;
    const lines = tf.reshape(x, [-1, height, columns, width * this.image[2]]);
    const tokens = columns === 1 ? lines : tf.transpose(lines, [0, 2, 1, 3]);
    return tf.reshape(tokens, [-1, rows * columns, this.sizeOf()]);
  }

  /** `[B, T, size]` of so many channels -> `[B, ...event]`, whose last axis is as much longer as there are more. */
  together(tokens: Tensor, channels: number): Tensor {
    const [count, columns] = [tokens.shape[0], this.grid[1]];
    const [height, width] = this.patch;
    const patches = tf.reshape(tokens, [-1, columns, height, width * channels]);
    const lines = columns === 1 ? patches : tf.transpose(patches, [0, 2, 1, 3]);
    if (this.event.length > 1)
      return tf.reshape(lines, [count, ...this.event.slice(0, -1), channels]);
    const numbers = tf.reshape(lines, [count, this.event[0]!, channels]);
    return tf.reshape(tf.transpose(numbers, [0, 2, 1]), [count, this.event[0]! * channels]);
  }
}
