import { type Bijector, invert } from '@pushforward/bijectors';
import { type Batch, type Key, OptionError, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { contextFor, drawsFor } from './parts.js';

/** The law of f(Z), Z ~ base. */
export class Pushforward extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;

  /** @internal made by {@link pushforward} */
  constructor(
    /** The law of Z. */
    readonly base: Distribution,
    /** f, from noise to data. */
    readonly bijector: Bijector,
  ) {
    super();
    this.eventShape = base.eventShape;
    this.batchShape = base.batchShape;
    this.contextSize = contextSizeOf(base, bijector);
    if (base.eventShape.length < bijector.eventRank)
      throw new OptionError(
        `pushforward: the base must have events of rank >= ${bijector.eventRank}, ` +
          `got shape [${base.eventShape.join(', ')}].`,
      );
  }

  override get reparameterised(): boolean {
    return this.base.reparameterised;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const [z, logDet] = this.bijector.inverseAndLogDet(x, this.forBijector(context));
      const ofBase = this.base.logProb(z, contextFor(this.base, context));
      return tf.add(ofBase, this.perEvent(logDet));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const { base } = this;
      const z = base.sample(key, drawsFor(base, shape, context), contextFor(base, context));
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
      const { base } = this;
      const draws = drawsFor(base, shape, context);
      const [z, ofBase] = base.sampleAndLogProb(key, draws, contextFor(base, context));
      const [x, logDet] = this.bijector.forwardAndLogDet(z, this.forBijector(context));
      return [x, tf.sub(ofBase, this.perEvent(logDet))];
    });
  }

  /** A start that depends on data runs from data to noise, the direction in which it sees data. */
  override prepare(batch: Batch): void {
    tf.tidy(() => {
      const context = this.forBijector(batch.context);
      this.bijector.prepareInverse(batch.x, context);
      this.base.prepare({ ...batch, x: this.bijector.inverse(batch.x, context) });
    });
  }

  /** The context, with axes of 1 for the batch that the base holds, to meet `[...contextBatch, ...batch, ...event]`. */
  private forBijector(context: Tensor | undefined): Tensor | undefined {
    if (context === undefined || this.bijector.contextSize === 0) return undefined;
    const inner = this.batchShape.map(() => 1);
    return tf.reshape(context, [...context.shape.slice(0, -1), ...inner, this.contextSize]);
  }

  /** A map of smaller events acts on each of them: their log-determinants add up. */
  private perEvent(logDet: Tensor): Tensor {
    return sumLast(logDet, this.eventShape.length - this.bijector.eventRank);
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
 * The result shows `base` and `bijector`: `law.bijector.inverse(y)` is the latent of y, and
 * `pushforward(new DiagonalNormal(zeros, temperature), law.bijector)` draws at another temperature.
 *
 * @param bijector maps noise to data; where it acts on smaller events than those of the base, it acts on each of them
 * @throws OptionError if it acts on larger ones, or both are conditional with different context sizes
 *
 * @example
 * ```ts
 * import { Affine } from '@pushforward/bijectors';
 * import { pushforward, standardNormal } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const law = pushforward(standardNormal([2]), new Affine(3, 0.5)); // N(3, 0.5^2) in each of two dimensions
 * const [x, logProb] = law.sampleAndLogProb(Key.from(1), [100]); // [100, 2], [100]
 * ```
 */
export function pushforward(base: Distribution, bijector: Bijector): Pushforward {
  return new Pushforward(base, bijector);
}

/**
 * A law given by the map from data to noise: `pushforward(base, invert(g))`.
 *
 * @param g maps data to noise; its forward direction is the one that densities take
 * @param base the law of the noise
 * @throws OptionError as {@link pushforward} does
 *
 * @example
 * ```ts
 * import { ActNorm } from '@pushforward/bijectors';
 * import { normalizingFlow, standardNormal } from '@pushforward/distributions';
 * import { Key } from '@pushforward/tensors';
 * const x = Key.from(1).uniform([100, 2]);
 * const flow = normalizingFlow(new ActNorm(2), standardNormal([2]));
 * flow.prepare({ x }); // from here on it standardises x
 * const logProb = flow.logProb(x); // [100]
 * ```
 */
export function normalizingFlow(g: Bijector, base: Distribution): Pushforward {
  return pushforward(base, invert(g));
}
