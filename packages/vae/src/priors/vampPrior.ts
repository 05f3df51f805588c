import { Distribution, given, Mixture } from '@pushforward/distributions';
import { type Key, parameter, ShapeError, type Tensor, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The mixture of a posterior's laws at learned inputs. */
class VampPrior extends Distribution {
  override readonly eventShape: readonly number[];

  constructor(
    readonly posterior: Distribution,
    /** `[K, D]`. */
    readonly pseudoInputs: Variable,
  ) {
    super();
    this.eventShape = posterior.eventShape;
  }

  override get reparameterised(): boolean {
    return false;
  }

  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => this.mixture().logProb(z));
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => this.mixture().sample(key, shape));
  }

  private mixture(): Mixture {
    const count = this.pseudoInputs.shape[0];
    return new Mixture(tf.zeros([count]), given(this.posterior, this.pseudoInputs));
  }
}

/**
 * The variational mixture of posteriors, p(z) = 1/K sum_k q(z | u_k): as good a prior as K components can be, for the
 * best of all, the average of the posteriors of the data, is of this kind. The inputs u_k are learned, and q is the
 * model's own posterior, which is trained in this place too.
 *
 * Source: Tomczak and Welling, "VAE with a VampPrior", arXiv:1705.07120.
 *
 * @param posterior q(z | x), which the model must share
 * @param start where the K inputs start, such as rows of the data, shape `[K, contextSize]`; stays the caller's
 * @throws ShapeError for inputs that the posterior cannot read
 */
export function vampPrior(posterior: Distribution, start: Tensor): Distribution {
  const size = posterior.contextSize;
  if (start.rank !== 2 || start.shape[1] !== size || start.size === 0)
    throw new ShapeError(
      `vampPrior: inputs of shape [K, ${size}] are needed, as the posterior reads them, got [${start.shape.join(', ')}].`,
    );
  return new VampPrior(posterior, parameter(start));
}
