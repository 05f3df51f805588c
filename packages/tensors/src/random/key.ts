import * as tf from '@tensorflow/tfjs';
import { DomainError } from '../errors.js';
import type { Tensor } from '../types.js';
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

  /** `count` independent keys. */
  split(count: 2): [Key, Key];
  split(count: 3): [Key, Key, Key];
  split(count: 4): [Key, Key, Key, Key];
  split(count: number): Key[];
  split(count: number): Key[] {
    const words = this.words(2 * checkCount('Key.split', count), SPLIT);
    return Array.from({ length: count }, (_, i) => new Key(words[2 * i]!, words[2 * i + 1]!));
  }

  /**
   * The key of a step, an epoch, a layer: different for every integer.
   *
   * @param data an integer in [0, 2^53)
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
   * Uniform draws on [low, high).
   *
   * @returns float32 of shape `shape`
   */
  uniform(shape: readonly number[], low = 0, high = 1): Tensor {
    const values = this.uniforms(sizeOf(shape));
    if (low !== 0 || high !== 1)
      for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * values[i]!;
    return tf.tensor(values, [...shape]);
  }

  /**
   * Standard normal draws, by Box and Muller's transform of pairs of uniforms.
   *
   * @returns float32 of shape `shape`
   */
  normal(shape: readonly number[]): Tensor {
    const size = sizeOf(shape);
    const uniform = this.uniforms(2 * Math.ceil(size / 2));
    const values = new Float32Array(uniform.length);
    for (let i = 0; i < size; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(Math.max(uniform[i]!, 1e-7)));
      const angle = 2 * Math.PI * uniform[i + 1]!;
      values[i] = radius * Math.sin(angle);
      values[i + 1] = radius * Math.cos(angle);
    }
    return tf.tensor(values.subarray(0, size), [...shape]);
  }

  /**
   * Standard Gumbel draws, -log(-log u).
   *
   * @returns float32 of shape `shape`
   */
  gumbel(shape: readonly number[]): Tensor {
    return tf.tensor(this.gumbels(sizeOf(shape)), [...shape]);
  }

  /**
   * Zeros and ones, one with the given probability.
   *
   * @param probability a number in [0, 1], or a tensor of shape `shape` of them
   * @returns float32 of shape `shape`
   */
  bernoulli(probability: number | Tensor, shape?: readonly number[]): Tensor {
    return tf.tidy(() => {
      const uniform = this.uniform(
        shape ?? (typeof probability === 'number' ? [] : probability.shape),
      );
      return tf.cast(tf.less(uniform, probability), 'float32');
    });
  }

  /**
   * Indices drawn with probability softmax(logits), by the largest logit + Gumbel noise.
   *
   * @param logits shape `[...batch, K]`
   * @param shape draws per batch element, placed in front
   * @returns int32 of shape `[...shape, ...batch]`
   */
  categorical(logits: Tensor, shape: readonly number[] = []): Tensor {
    return tf.tidy(() => tf.argMax(tf.add(logits, this.gumbel([...shape, ...logits.shape])), -1));
  }

  /** The integers 0 to n - 1 in random order (Fisher and Yates' shuffle). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: checkCount('Key.permutation', n) }, (_, i) => i);
    const words = this.words(2 * n, DRAW);
    for (let i = n - 1; i > 0; i--) {
      // 53 random bits leave no visible bias at any n that fits memory.
      const unit = ((words[2 * i]! >>> 5) * 2 ** 26 + (words[2 * i + 1]! >>> 6)) / 2 ** 53;
      const j = Math.floor(unit * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  private words(count: number, purpose: number): Uint32Array {
    return philox([this.low, this.high], [0, 0, 0, purpose], count);
  }

  /** 23 random bits a number: the float32 values k / 2^23. */
  private uniforms(count: number): Float32Array {
    const words = this.words(count, DRAW);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = (words[i]! & 0x7fffff) / 0x800000;
    return values;
  }

  private gumbels(count: number): Float32Array {
    const words = this.words(count, DRAW);
    const values = new Float32Array(count);
    // The middle of 2^32 cells: never 0 nor 1, so the noise is finite.
    for (let i = 0; i < count; i++) values[i] = -Math.log(-Math.log((words[i]! + 0.5) / 2 ** 32));
    return values;
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

function checkCount(where: string, count: number): number {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new DomainError(`${where}: the count must be an integer >= 0, got ${count}.`);
  return count;
}
