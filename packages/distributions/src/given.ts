import { type Batch, checkContext, type Key, type Tensor } from '@pushforward/tensors';
import { Conditional } from './conditional.js';
import { Distribution } from './distribution.js';

/** A law at a context, as one that takes none. */
class Given extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  constructor(
    readonly law: Distribution,
    readonly context: Tensor,
  ) {
    super();
    checkContext('given', law.contextSize, context);
    this.eventShape = law.eventShape;
    this.batchShape = [...context.shape.slice(0, -1), ...law.batchShape];
    if (law.mean) this.mean = () => law.mean!(context);
    if (law.variance) this.variance = () => law.variance!(context);
    if (law.entropy) this.entropy = () => law.entropy!(context);
    if (law.cdf) this.cdf = (x) => law.cdf!(x, context);
    if (law.quantile) this.quantile = (p) => law.quantile!(p, context);
  }

  override get reparameterised(): boolean {
    return this.law.reparameterised;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return this.law.logProb(x, this.context);
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    this.check(context);
    return this.law.sample(key, shape, this.context);
  }

  override sampleAndLogProb(
    key: Key,
    shape?: readonly number[],
    context?: Tensor,
  ): [Tensor, Tensor] {
    this.check(context);
    return this.law.sampleAndLogProb(key, shape, this.context);
  }

  override loss(batch: Batch, key: Key): Tensor {
    return this.law.loss({ ...batch, context: this.context }, key);
  }
}

/**
 * The law at a context, p(x | context), as one that takes none: of batch shape `[...contextBatch, ...batch]`.
 *
 * The network of a `conditional` law is asked once, here; draws, densities and moments are then those of the law
 * that it told. That law lives as long as its tensors: use it inside the `tf.tidy` that it was made in.
 *
 * @param law a conditional law
 * @param context shape `[...contextBatch, contextSize]`
 * @throws ShapeError for a law that takes no context, or one of another size
 *
 * @example
 * ```ts
 * import { conditional, given, Independent, Normal } from '@pushforward/distributions';
 * import { Linear } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 * const law = conditional(new Linear(Key.from(1), 3, 2), (h) => new Independent(new Normal(h, 1), 1));
 * tf.tidy(() => {
 *   const posterior = given(law, tf.zeros([10, 3]));
 *   console.log(posterior.sample(Key.from(2), [5]).shape); // [ 5, 10, 2 ]
 * });
 * ```
 */
export function given(law: Distribution, context: Tensor): Distribution {
  return law instanceof Conditional ? law.at(context) : new Given(law, context);
}
