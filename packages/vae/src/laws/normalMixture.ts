import { DiagonalNormal, Mixture } from '@pushforward/distributions';
import {
  type Key,
  ndtr,
  softmax,
  type Tensor,
  triangularSolve,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * A mixture of diagonal normal laws whose draws carry the gradient of all its parameters, weights included.
 *
 * With S_d(z) = P(Z_d <= z_d | z_1 .. z_{d-1}) = sum_k pi_kd Phi((z_d - mu_kd) / s_kd), pi_kd the weight of component k
 * given the numbers before d, S(Z) is uniform whatever the parameters are. So a draw z moves with them by -(dS/dz)^-1
 * dS, which needs no inverse of S: dS/dz is lower triangular and known in closed form. This gradient of E[f(z)] has no
 * bias. It is there to be taken once: second derivatives are not those of the draws.
 *
 * Source: Figurnov, Mohamed and Mnih, "Implicit reparameterization gradients", arXiv:1805.08498, section 4; Graves,
 * "Stochastic backpropagation through mixture density distributions", arXiv:1607.05690.
 */
export class NormalMixture extends Mixture {
  /**
   * @param logits logarithms of the weights up to a constant, shape `[...batch, K]`
   * @param loc means, shape `[...batch, K, D]`
   * @param scale > 0, shape `[...batch, K, D]`
   */
  constructor(
    override readonly logits: Tensor,
    readonly loc: Tensor,
    readonly scale: Tensor,
  ) {
    super(logits, new DiagonalNormal(loc, scale));
  }

  /** True: draws carry the gradient of the weights too. */
  override get reparameterised(): boolean {
    return true;
  }

  /**
   * Draws, which carry the gradient of means, scales and weights.
   *
   * @param shape draws for each row of the batch; one by default
   * @returns shape `[...shape, ...batch, D]`
   */
  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return tf.tidy(() => {
      const z = untracked(() => super.sample(key, shape, context));
      const known = this.conditionals(z);
      const slopes = untracked(() => this.slopes(known));
      // Its value is 0.
      const change = tf.sub(
        known.ranks,
        untracked(() => tf.clone(known.ranks)),
      );
      return tf.sub(z, tf.squeeze(triangularSolve(slopes, tf.expandDims(change, -1)), [-1]));
    });
  }

  /** S at z `[..., D]`, which counts as a constant, and what it is made of, `[..., K, D]`. */
  private conditionals(z: Tensor): Conditionals {
    const size = z.shape.at(-1)!;
    const a = tf.div(tf.sub(tf.expandDims(z, -2), this.loc), this.scale);
    const logDensities = tf.sub(tf.mul(-0.5, tf.square(a)), tf.log(this.scale));
    const before = tf.sub(tf.linalg.bandPart(tf.ones([size, size]), 0, -1), tf.eye(size));
    const sums = tf.matMul(tf.reshape(logDensities, [-1, size]), before);
    const logits = tf.expandDims(this.logits, -1);
    const weights = softmax(tf.add(logits, tf.reshape(sums, a.shape)), -2);
    // Of z_d <= . and z_d >= . the less likely, which float32 has more digits of; the sign of S does not matter.
    const side = untracked(() => {
      const below = tf.sum(tf.mul(weights, ndtr(a)), -2, true);
      return tf.sub(tf.mul(2, tf.cast(tf.lessEqual(below, 0.5), 'float32')), 1);
    });
    const tails = tf.mul(side, ndtr(tf.mul(side, a)));
    return { a, weights, tails, ranks: tf.sum(tf.mul(weights, tails), -2) };
  }

  /** dS_d/dz_j, `[..., D, D]`. */
  private slopes({ a, weights, tails, ranks }: Conditionals): Tensor {
    const densities = tf.div(tf.exp(tf.mul(-0.5, tf.square(a))), tf.mul(this.scale, ROOT));
    const own = tf.sum(tf.mul(weights, densities), -2);
    const excess = tf.mul(weights, tf.sub(tails, tf.expandDims(ranks, -2)));
    const scores = tf.neg(tf.div(a, this.scale));
    const others = tf.linalg.bandPart(tf.matMul(excess, scores, true), -1, 0);
    const identity = tf.eye(ranks.shape.at(-1)!);
    return tf.add(tf.mul(others, tf.sub(1, identity)), tf.mul(tf.expandDims(own, -1), identity));
  }
}

const ROOT = Math.sqrt(2 * Math.PI);

/** What is known of each number given those before it. */
interface Conditionals {
  /** (z_d - mu_kd) / s_kd. */
  readonly a: Tensor;
  /** pi_kd. */
  readonly weights: Tensor;
  /** Phi(a), or Phi(a) - 1. */
  readonly tails: Tensor;
  /** S_d, or S_d - 1, `[..., D]`. */
  readonly ranks: Tensor;
}
