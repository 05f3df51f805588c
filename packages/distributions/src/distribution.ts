import {
  type Batch,
  broadcastShapes,
  checkContext,
  checkEvent,
  type Key,
  type Learner,
  Module,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * A probability law over events of a fixed shape, perhaps given a context.
 *
 * Every law is a learner: its loss is the mean negative log-likelihood of a batch.
 */
export abstract class Distribution extends Module implements Learner {
  /** Shape of one event: `[]` for a number, `[D]` for a vector. */
  abstract readonly eventShape: readonly number[];

  /** Shape of the parameter sets where a law holds several, broadcast against batches; `[]` for one. */
  readonly batchShape: readonly number[] = [];

  /** Numbers per context vector; 0 for an unconditional law. */
  readonly contextSize: number = 0;

  /**
   * Whether the gradient of a mean over draws is that of the expectation, in all that the law is made of. Not so where
   * events or components are chosen; what learns through draws would then miss a part, and nothing would look wrong.
   */
  get reparameterised(): boolean {
    return true;
  }

  /**
   * log p(x), or log p(x | context), in nats.
   *
   * @param x shape `[...batch, ...event]`
   * @param context shape `[...batch, contextSize]`, or broadcastable to it
   * @returns shape `[...batch]`; -Infinity outside the support
   */
  abstract logProb(x: Tensor, context?: Tensor): Tensor;

  /**
   * Independent draws.
   *
   * @param shape draws for each row of the context and each parameter set that the law holds; one by default
   * @param context shape `[...contextBatch, contextSize]`
   * @returns shape `[...shape, ...contextBatch, ...batchShape, ...event]`
   */
  abstract sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor;

  /** Draws and their log-density; laws for which the two share work override it. */
  sampleAndLogProb(key: Key, shape?: readonly number[], context?: Tensor): [Tensor, Tensor] {
    return tf.tidy(() => {
      const x = this.sample(key, shape, context);
      return [x, this.logProb(x, context)];
    });
  }

  /** The mean, shape `[...batch, ...event]`. Like all below it is there where the law has it in closed form. */
  mean?(context?: Tensor): Tensor;

  /** The variance of each number of an event, shape `[...batch, ...event]`. */
  variance?(context?: Tensor): Tensor;

  /** -E[log p(x)] in nats, shape `[...batch]`; differential entropy for a continuous law. */
  entropy?(context?: Tensor): Tensor;

  /** P(X <= x) of a law of numbers, elementwise: x `[...batch]` -> `[...batch]`. */
  cdf?(x: Tensor, context?: Tensor): Tensor;

  /** The x with P(X <= x) = p, elementwise: p `[...batch]` in [0, 1] -> `[...batch]`. */
  quantile?(p: Tensor, context?: Tensor): Tensor;

  /** Sets whatever parameters start from data, such as those of ActNorm in a flow. */
  prepare(_batch: Batch): void {}

  /**
   * The mean negative log-likelihood, -1/B sum log p(x_b | context_b), in nats per example.
   *
   * @param batch `x` of shape `[B, ...event]`, and `context` `[B, contextSize]` for a conditional law
   */
  loss(batch: Batch, _key: Key): Tensor {
    return tf.tidy(() => tf.neg(tf.mean(this.logProb(batch.x, batch.context))));
  }

  /** Throws a ShapeError unless the context fits this law, and x, where there is one, both of them. */
  protected check(context: Tensor | undefined, x?: Tensor): void {
    const law = this.constructor.name;
    checkContext(law, this.contextSize, context);
    if (x === undefined) return;
    checkEvent(law, x, this.eventShape);
    const batch = x.shape.slice(0, x.rank - this.eventShape.length);
    const held = [...(context?.shape.slice(0, -1) ?? []), ...this.batchShape];
    broadcastShapes(`${law}: the batches of x and of the law`, batch, held);
  }
}
