import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../check.js';
import { DomainError, ShapeError } from '../errors.js';
import { withoutGradient } from '../ops/gradient.js';
import type { Tensor } from '../types.js';
import { normals } from './boxMuller.js';
import { gumbels, shuffle, uniforms } from './draws.js';
import { philox } from './philox.js';

/** Counter blocks of a key: draws, children by `split` and children by `foldIn` never meet. */
const DRAW = 0;
const SPLIT = 1;
const FOLD = 2;

/**
 * A source of random numbers that is a value: the same key gives the same numbers on every engine and machine, and
 * no draw changes it. Use a key once; `split` it for more.
 *
 * Numbers come from Philox4x32-10 on the host (Salmon et al., SC 2011) and enter the engine as plain tensors.
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * const [forWeights, forData] = Key.from(42).split(2);
 * const noise = forData.normal([128, 2]);
 * ```
 */
export class Key {
  protected constructor(
    private readonly low: number,
    private readonly high: number,
  ) {}

  /** The two words that a key consists of: what a subclass needs to be the same key. */
  protected static wordsOf(key: Key): [low: number, high: number] {
    return [key.low, key.high];
  }

  /**
   * The key of a seed.
   *
   * @param seed an integer in [0, 2^53)
   * @throws DomainError for any other number
   */
  static from(seed: number): Key {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new DomainError(`Key.from: the seed must be an integer in [0, 2^53), got ${seed}.`);
    return new Key(seed >>> 0, Math.floor(seed / 2 ** 32));
  }

  /**
   * `count` independent keys.
   *
   * @throws DomainError unless the count is an integer >= 0
   */
  split(count: 2): [Key, Key];
  split(count: 3): [Key, Key, Key];
  split(count: 4): [Key, Key, Key, Key];
  split(count: number): Key[];
  split(count: number): Key[] {
    checkCount('Key.split', 'the count', count, 0);
    const words = this.words(2 * count, SPLIT);
    return Array.from({ length: count }, (_, i) => new Key(words[2 * i]!, words[2 * i + 1]!));
  }

  /**
   * The key of a step, an epoch, a layer: different for every integer.
   *
   * @param data an integer in [0, 2^53)
   * @throws DomainError for any other number
   */
  foldIn(data: number): Key {
    if (!Number.isSafeInteger(data) || data < 0)
      throw new DomainError(`Key.foldIn: the number must be an integer in [0, 2^53), got ${data}.`);
    const [low, high] = philox(
      [this.low, this.high],
      [data >>> 0, Math.floor(data / 2 ** 32), 0, FOLD],
      2,
    );
    return new Key(low!, high!);
  }

  /**
   * Uniform draws on [low, high), in steps of (high - low) / 2^23.
   *
   * Where the interval is short against its ends, rounding to float32 may reach `high`.
   *
   * @returns float32 of shape `shape`
   * @throws DomainError unless low <= high, both finite
   */
  uniform(shape: readonly number[], low = 0, high = 1): Tensor {
    if (!(low <= high && Number.isFinite(high - low)))
      throw new DomainError(
        `Key.uniform: finite numbers low <= high are required, got ${low} and ${high}.`,
      );
    const values = uniforms(this.words(sizeOf(shape), DRAW));
    if (low !== 0 || high !== 1)
      for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * values[i]!;
    return tf.tensor(values, [...shape]);
  }

  /**
   * Standard normal draws, by Box and Muller's transform of pairs of uniforms; at most 5.7 in size.
   *
   * @returns float32 of shape `shape`
   */
  normal(shape: readonly number[]): Tensor {
    const size = sizeOf(shape);
    const values = normals(this.words(2 * Math.ceil(size / 2), DRAW));
    return tf.tensor(values.subarray(0, size), [...shape]);
  }

  /**
   * Standard Gumbel draws, -log(-log u).
   *
   * @returns float32 of shape `shape`
   */
  gumbel(shape: readonly number[]): Tensor {
    return tf.tensor(gumbels(this.words(sizeOf(shape), DRAW)), [...shape]);
  }

  /**
   * Zeros and ones, one with the given probability. No gradient is taken.
   *
   * @param probability a number in [0, 1], or a tensor of such numbers
   * @param shape a shape that the probability broadcasts to; by default its own
   * @returns float32 of shape `shape`
   * @throws DomainError for a number outside [0, 1]
   */
  bernoulli(probability: number | Tensor, shape?: readonly number[]): Tensor {
    if (typeof probability === 'number' && !(probability >= 0 && probability <= 1))
      throw new DomainError(
        `Key.bernoulli: the probability must be in [0, 1], got ${probability}.`,
      );
    return tf.tidy(() => {
      const p = typeof probability === 'number' ? tf.scalar(probability) : probability;
      const uniform = this.uniform(shape ?? p.shape);
      return withoutGradient(p, (p) => tf.cast(tf.less(uniform, p), 'float32'));
    });
  }

  /**
   * Indices drawn with probability softmax(logits), by the largest logit + Gumbel noise. No gradient is taken.
   *
   * @param logits shape `[...batch, K]`; -Infinity is never drawn
   * @param shape draws per batch element, placed in front
   * @returns int32 of shape `[...shape, ...batch]`
   * @throws ShapeError for a scalar
   */
  categorical(logits: Tensor, shape: readonly number[] = []): Tensor {
    if (logits.rank === 0)
      throw new ShapeError('Key.categorical: logits must have shape [..., K], got [].');
    return tf.tidy(() => {
      const noise = this.gumbel([...shape, ...logits.shape]);
      return withoutGradient(logits, (logits) => tf.argMax(tf.add(logits, noise), -1));
    });
  }

  /**
   * The integers 0 to n - 1 in random order (Fisher and Yates' shuffle).
   *
   * @throws DomainError unless n is an integer >= 0
   */
  permutation(n: number): Int32Array {
    checkCount('Key.permutation', 'n', n, 0);
    return shuffle(this.words(2 * n, DRAW));
  }

  private words(count: number, purpose: number): Uint32Array {
    return philox([this.low, this.high], [0, 0, 0, purpose], count);
  }
}

function sizeOf(shape: readonly number[]): number {
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new ShapeError(`Key: a shape is a list of integers >= 0, got [${shape.join(', ')}].`);
  return shape.reduce((size, n) => size * n, 1);
}
