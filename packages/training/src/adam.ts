import {
  checkOptions,
  DomainError,
  Module,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link Adam}. */
export interface AdamOptions {
  /** Decay of the mean of gradients, in [0, 1); 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1); 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of that mean, > 0; 1e-8 by default. */
  readonly epsilon?: number;
  /** Decoupled decay of weights, >= 0; 0 by default, which is Adam. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay (AdamW).
 *
 * With gradient g, step size a and decay w,
 * m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
 * x <- x - a (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + w x).
 *
 * Both means are kept as decaying sums and divided by the same sums of ones, which leaves the fewest operations on
 * whole parameters: with G <- b1 G + g, S <- b2 S + g^2, C1 <- b1 C1 + 1 and C2 <- b2 C2 + 1 the step is
 * a sqrt(C2) / C1 * G / (sqrt(S) + eps sqrt(C2)).
 *
 * Its state is kept in variables and is saved like that of any module; the variables that it trains belong to their
 * own module and are neither saved nor disposed with it.
 *
 * Source: Kingma and Ba, arXiv:1412.6980, algorithm 1; Loshchilov and Hutter, arXiv:1711.05101, algorithm 2.
 */
export class Adam extends Module {
  private readonly sums: Variable[];
  private readonly squares: Variable[];
  private readonly sumWeight = tf.tidy(() => state(tf.scalar(0)));
  private readonly squareWeight = tf.tidy(() => state(tf.scalar(0)));
  // Private to the language, so that they are not found as this module's own.
  readonly #parameters: readonly Variable[];
  readonly #options: Required<AdamOptions>;

  /**
   * @param parameters what to train
   * @throws OptionError for an unknown option
   * @throws DomainError for an option out of its range
   */
  constructor(parameters: readonly Variable[], options: AdamOptions = {}) {
    super();
    const known = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    checkOptions('Adam', options, Object.keys(known));
    this.#options = { ...known, ...options };
    this.#parameters = parameters;
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1))
      throw new DomainError(`Adam: beta1 and beta2 must be in [0, 1), got ${beta1} and ${beta2}.`);
    if (!(epsilon > 0)) throw new DomainError(`Adam: epsilon must be > 0, got ${epsilon}.`);
    if (!(weightDecay >= 0))
      throw new DomainError(`Adam: weightDecay must be >= 0, got ${weightDecay}.`);
    this.sums = parameters.map(zerosLike);
    this.squares = parameters.map(zerosLike);
  }

  /**
   * One step downhill.
   *
   * @param gradients one for each parameter; where undefined, the parameter stays as it is
   * @param learningRate the step size a, a number or a scalar tensor
   */
  update(gradients: readonly (Tensor | undefined)[], learningRate: Tensor | number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    tf.tidy(() => {
      const one = tf.scalar(1);
      const sumWeight = accumulate(this.sumWeight, one, beta1);
      const root = tf.sqrt(accumulate(this.squareWeight, one, beta2));
      const stepSize = tf.div(tf.mul(learningRate, root), sumWeight);
      const smallest = tf.mul(epsilon, root);
      const shrink = tf.sub(1, tf.mul(learningRate, weightDecay));
      for (const [i, parameter] of this.#parameters.entries()) {
        const gradient = gradients[i];
        if (gradient === undefined) continue;
        const sum = accumulate(this.sums[i]!, gradient, beta1);
        const squares = accumulate(this.squares[i]!, tf.square(gradient), beta2);
        const direction = tf.div(sum, tf.add(tf.sqrt(squares), smallest));
        const start = weightDecay === 0 ? parameter : tf.mul(parameter, shrink);
        parameter.assign(tf.sub(start, tf.mul(stepSize, direction)));
      }
    });
  }
}

function zerosLike(parameter: Variable): Variable {
  return tf.tidy(() => state(tf.zerosLike(parameter)));
}

/** sum <- decay sum + value. */
function accumulate(sum: Variable, value: Tensor, decay: number): Tensor {
  const grown = tf.add(tf.mul(sum, decay), value);
  sum.assign(grown);
  return grown;
}
