import { type Bijector, invert } from '@pushforward/bijectors';
import {
  type Batch,
  checkContext,
  checkEvent,
  type Key,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';

/** The law of f(Z), Z ~ base. */
class Pushforward extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly contextSize: number;

  constructor(
    readonly base: Distribution,
    readonly bijector: Bijector,
  ) {
    super();
    this.eventShape = base.eventShape;
    this.contextSize = contextSizeOf(base, bijector);
    if (base.eventShape.length < bijector.eventRank)
      throw new OptionError(
        `pushforward: the base must have events of rank >= ${bijector.eventRank}, ` +
          `got shape [${base.eventShape.join(', ')}].`,
      );
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context);
    checkEvent('logProb', x, this.eventShape);
    return tf.tidy(() => {
      const [z, logDet] = this.bijector.inverseAndLogDet(x, this.forBijector(context));
      return tf.add(this.base.logProb(z, this.forBase(context)), this.perEvent(logDet));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const z = this.noise(key, shape, context);
      return this.bijector.forward(z, this.forBijector(context));
    });
  }

  override sampleAndLogProb(
    key: Key,
    shape: readonly number[] = [],
    context?: Tensor,
  ): [Tensor, Tensor] {
    this.check(context);
    return tf.tidy(() => {
      const z = this.noise(key, shape, context);
      const [x, logDet] = this.bijector.forwardAndLogDet(z, this.forBijector(context));
      return [x, tf.sub(this.base.logProb(z, this.forBase(context)), this.perEvent(logDet))];
    });
  }

  /** A data-dependent start runs from data to noise, the direction in which it sees data. */
  override prepare(batch: Batch): void {
    invert(this.bijector).prepare(batch.x, this.forBijector(batch.context));
  }

  /** Draws of the base, one for each row of the context where only the map is conditional. */
  private noise(key: Key, shape: readonly number[], context: Tensor | undefined): Tensor {
    if (this.base.contextSize > 0) return this.base.sample(key, shape, context);
    return this.base.sample(key, [...shape, ...(context?.shape.slice(0, -1) ?? [])]);
  }

  private check(context: Tensor | undefined): void {
    checkContext('pushforward', this.contextSize, context);
  }

  private forBase(context: Tensor | undefined): Tensor | undefined {
    return this.base.contextSize > 0 ? context : undefined;
  }

  private forBijector(context: Tensor | undefined): Tensor | undefined {
    return this.bijector.contextSize > 0 ? context : undefined;
  }

  /** A map of smaller events acts on each of them: their log-determinants add up. */
  private perEvent(logDet: Tensor): Tensor {
    const extra = this.eventShape.length - this.bijector.eventRank;
    if (extra === 0) return logDet;
    return tf.sum(
      logDet,
      Array.from({ length: extra }, (_, i) => logDet.rank - 1 - i),
    );
  }
}

function contextSizeOf(base: Distribution, bijector: Bijector): number {
  if (base.contextSize > 0 && bijector.contextSize > 0 && base.contextSize !== bijector.contextSize)
    throw new OptionError(
      `pushforward: base and bijector must share one context size, ` +
        `got ${base.contextSize} and ${bijector.contextSize}.`,
    );
  return Math.max(base.contextSize, bijector.contextSize);
}

/**
 * The law of y = f(z), z ~ base: log p(y) = log p_base(f^-1(y)) + log|det df^-1/dy|.
 *
 * @param bijector maps noise to data
 */
export function pushforward(base: Distribution, bijector: Bijector): Distribution {
  return new Pushforward(base, bijector);
}

/**
 * A law given by the map from data to noise: `pushforward(base, invert(g))`.
 *
 * @param g maps data to noise; its forward direction is the one that densities take
 */
export function normalizingFlow(g: Bijector, base: Distribution): Distribution {
  return pushforward(base, invert(g));
}
