import {
  type Batch,
  broadcastShapes,
  type Key,
  logSoftmax,
  logSumExp,
  ShapeError,
  softmax,
  type Tensor,
  withoutGradient,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { checkLogits } from './categorical.js';
import { Distribution } from './distribution.js';
import { type ParameterLike, tensorOf } from './parameters.js';
import { stack } from './stack.js';

/**
 * A mixture of K laws of the same events: p(x) = sum_k w_k p_k(x), w = softmax(logits).
 *
 * Gradients reach the components through draws, the weights only through `logProb`.
 *
 * @example
 * ```ts
 * import { Mixture, Normal, Uniform } from '@pushforward/distributions';
 * import * as tf from '@tensorflow/tfjs';
 * const peaks = new Mixture([0, 0], new Normal([-2, 2], 0.5));
 * peaks.logProb(tf.tensor1d([-2, 0, 2])).print();
 * const contaminated = new Mixture([3, 0], [new Normal(0, 1), new Uniform(-50, 50)]);
 * contaminated.logProb(tf.tensor1d([0, 20])).print();
 * ```
 */
export class Mixture extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;
  /** The K laws as one, which holds them along the last axis of its batch. */
  readonly components: Distribution;

  /**
   * @param logits logarithms of the weights up to a constant, shape `[...batch, K]`
   * @param components one law that holds its parameters for all, of batch shape `[...batch, K]`, or a list of K laws
   * @throws ShapeError if the numbers of weights and components, or the shapes, do not agree
   */
  constructor(
    readonly logits: ParameterLike,
    components: Distribution | readonly Distribution[],
  ) {
    super();
    this.components = components instanceof Distribution ? components : stack(components);
    const weights = checkLogits('Mixture', logits);
    const held = this.components.batchShape;
    if (held.at(-1) !== weights.at(-1))
      throw new ShapeError(
        `Mixture: logits [..., K] need K components, got logits of shape [${weights.join(', ')}] ` +
          `and components of batch shape [${held.join(', ')}].`,
      );
    const full = broadcastShapes('Mixture', weights, held);
    if (full.slice(full.length - held.length).join() !== held.join())
      throw new ShapeError(
        `Mixture: the components' batch [${held.join(', ')}] must end the common one, [${full.join(', ')}].`,
      );
    this.batchShape = full.slice(0, -1);
    this.eventShape = this.components.eventShape;
    this.contextSize = this.components.contextSize;
    this.deriveStatistics();
  }

  override get reparameterised(): boolean {
    return false;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const each = this.components.logProb(this.forEach(x), context);
      return logSumExp(tf.add(logSoftmax(tensorOf(this.logits)), each));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const [forChoice, forDraws] = key.split(2);
      // Every component draws and one draw is kept: the choice can then be made for all events at once.
      const extra = this.batchShape.length + 1 - this.components.batchShape.length;
      const batch = this.batchShape.slice(0, extra);
      const draws = this.components.sample(forDraws, [...shape, ...batch], context);
      const outer = draws.shape.slice(0, draws.rank - this.eventShape.length);
      const chosen = withoutGradient(tensorOf(this.logits), (logits) => {
        const index = forChoice.categorical(tf.broadcastTo(logits, outer));
        return tf.equal(tf.expandDims(index, -1), tf.range(0, outer.at(-1)!, 1, 'int32'));
      });
      // Of their own type, which may be int32: native TensorFlow does not mix types.
      return this.total(tf.where(this.overEvent(chosen), draws, tf.zerosLike(draws)));
    });
  }

  override prepare(batch: Batch): void {
    tf.tidy(() => {
      this.components.prepare({ ...batch, x: this.forEach(batch.x) });
    });
  }

  /** Moments and distribution function are averages of the components', where those have them. */
  private deriveStatistics(): void {
    const { components } = this;
    const mean = (context?: Tensor) =>
      tf.tidy(() => this.total(tf.mul(this.weights(true), components.mean!(context))));
    if (components.mean) this.mean = mean;
    if (components.mean && components.variance)
      this.variance = (context) =>
        tf.tidy(() => {
          // The mean of the variances and the variance of the means.
          const spread = tf.square(tf.sub(components.mean!(context), this.forEach(mean(context))));
          return this.total(
            tf.mul(this.weights(true), tf.add(components.variance!(context), spread)),
          );
        });
    if (components.cdf)
      this.cdf = (x, context) =>
        tf.tidy(() =>
          tf.sum(tf.mul(this.weights(), components.cdf!(this.forEach(x), context)), -1),
        );
  }

  /** softmax(logits), `[...batch, K]`, with the axes of an event behind if asked for. */
  private weights(overEvent = false): Tensor {
    const weights = softmax(tensorOf(this.logits));
    return overEvent ? this.overEvent(weights) : weights;
  }

  private overEvent(x: Tensor): Tensor {
    return tf.reshape(x, [...x.shape, ...this.eventShape.map(() => 1)]);
  }

  /** `[..., ...event]` -> `[..., 1, ...event]`, to meet the components. */
  private forEach(x: Tensor): Tensor {
    return tf.expandDims(x, x.rank - this.eventShape.length);
  }

  /** The sum over the components: `[..., K, ...event]` -> `[..., ...event]`. */
  private total(x: Tensor): Tensor {
    return tf.sum(x, x.rank - this.eventShape.length - 1);
  }
}
