import { Categorical, Distribution, Independent } from '@pushforward/distributions';
import {
  checkAbove,
  checkCount,
  checkOptions,
  constant,
  detach,
  type Key,
  parameter,
  ShapeError,
  type Tensor,
  untracked,
  type Variable,
  withGradient,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Prior } from '../contracts.js';
import { Family } from '../family.js';

/** Options of {@link vectorQuantised}. */
export interface VectorQuantisedOptions {
  /** V: codes per latent vector. */
  readonly variables: number;
  /** K: codes to choose from, >= 2. */
  readonly codes: number;
  /** d: numbers per code. */
  readonly size: number;
  /** Weight of what keeps the encoder near its codes, >= 0; 0.25 by default. */
  readonly commitment?: number;
}

/** Points among the vectors of a codebook, each the nearest to what the encoder tells. */
export class VectorQuantised extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  /** Shape `[K, d]`. */
  readonly codebook: Variable;
  /** V. */
  readonly variables: number;
  private readonly commitment: number;

  /** @internal made by {@link vectorQuantised} */
  constructor(key: Key, options: VectorQuantisedOptions) {
    super();
    const { variables, codes, size, commitment = 0.25 } = options;
    this.variables = variables;
    this.commitment = commitment;
    this.parameterCount = variables * size;
    this.eventShape = [this.parameterCount];
    this.codebook = parameter(() => key.uniform([codes, size], -1 / codes, 1 / codes));
  }

  override law(parameters: Tensor): Distribution {
    return new Nearest(this, parameters, this.commitment);
  }

  /**
   * The index of the code nearest to each part of a vector.
   *
   * @param z shape `[..., V d]`
   * @returns int32, shape `[..., V]`
   */
  codesOf(z: Tensor): Tensor {
    return tf.tidy(() =>
      untracked(() => {
        const [codes, size] = this.codebook.shape as [number, number];
        const parts = tf.reshape(z, [-1, size]);
        // Nearest in |e - c|^2 = |e|^2 - 2 e . c + |c|^2.
        const products = tf.mul(2, tf.matMul(parts, this.codebook, false, true));
        const nearness = tf.sub(products, tf.sum(tf.square(this.codebook), 1));
        const nearest = tf.argMax(tf.reshape(nearness, [-1, codes]), 1);
        return tf.reshape(nearest, [...z.shape.slice(0, -1), this.variables]);
      }),
    );
  }

  /**
   * The vectors of codes, one behind the other.
   *
   * @param codes whole numbers, shape `[..., V]`
   * @returns shape `[..., V d]`
   */
  vectorsOf(codes: Tensor): Tensor {
    return tf.tidy(() => {
      // A product, for a gather has no gradient on every engine.
      const chosen = untracked(() =>
        tf.oneHot(tf.cast(tf.reshape(codes, [-1]), 'int32'), this.codebook.shape[0]),
      );
      const vectors = tf.matMul(tf.cast(chosen, 'float32'), this.codebook);
      return tf.reshape(vectors, [...codes.shape.slice(0, -1), this.parameterCount]);
    });
  }

  /**
   * The law of the vectors of codes that have a law: of independent and equally probable ones by default, so that each code
   * costs log K. One that learns, such as a `Categorical` of weights or a masked network, may be given, from the start or when the
   * codes have been learned.
   *
   * @param codes a law of events `[V]`, whole numbers below K
   * @throws ShapeError for another event
   */
  prior(codes?: Distribution): Prior {
    return new OverCodes(this, codes);
  }
}

/** The law of a single vector, the nearest that the codebook has. */
class Nearest extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  constructor(
    private readonly quantiser: VectorQuantised,
    private readonly encoded: Tensor,
    private readonly commitment: number,
  ) {
    super();
    this.eventShape = quantiser.eventShape;
    this.batchShape = encoded.shape.slice(0, -1);
  }

  /** log of the probability: 0 for that vector, else -Infinity. */
  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() =>
      untracked(() => {
        const isThere = tf.all(tf.equal(z, this.nearest(this.encoded)), -1);
        return tf.where(isThere, tf.zeros(isThere.shape), -Infinity);
      }),
    );
  }

  /** Gradients pass straight through to the encoder. */
  override sample(_key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const z = withGradient(
        this.encoded,
        (encoded) => this.nearest(encoded),
        (dz) => dz,
      );
      return tf.broadcastTo(z, [...shape, ...z.shape]);
    });
  }

  /** The probability's logarithm is 0; its gradient is that of what draws codes and encoder to each other. */
  override sampleAndLogProb(key: Key, shape: readonly number[] = []): [Tensor, Tensor] {
    return tf.tidy(() => {
      const z = this.sample(key, shape);
      const { quantiser, encoded } = this;
      const codes = quantiser.vectorsOf(quantiser.codesOf(encoded));
      const distance = (a: Tensor, b: Tensor) => tf.sum(tf.square(tf.sub(a, b)), -1);
      const pull = tf.add(
        distance(detach(encoded), codes),
        tf.mul(this.commitment, distance(encoded, detach(codes))),
      );
      const ofGradient = tf.sub(pull, detach(pull));
      return [z, tf.broadcastTo(ofGradient, z.shape.slice(0, -1))];
    });
  }

  private nearest(encoded: Tensor): Tensor {
    return this.quantiser.vectorsOf(this.quantiser.codesOf(encoded));
  }
}

/** The law of the vectors of codes. */
class OverCodes extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;
  readonly codes: Distribution;
  /** What a law of equally probable codes is made of. */
  private readonly logits: Tensor | undefined;

  constructor(
    readonly quantiser: VectorQuantised,
    codes: Distribution | undefined,
  ) {
    super();
    const { variables, codebook } = quantiser;
    if (codes === undefined) {
      this.logits = constant(() => tf.zeros([variables, codebook.shape[0]]));
      codes = new Independent(new Categorical(this.logits), 1);
    }
    if (codes.eventShape.join() !== `${variables}`)
      throw new ShapeError(
        `vectorQuantised: a law of ${variables} codes is needed, got events [${codes.eventShape.join(', ')}].`,
      );
    this.codes = codes;
    this.eventShape = quantiser.eventShape;
    this.batchShape = codes.batchShape;
    this.contextSize = codes.contextSize;
  }

  /** log of the probability, -Infinity for what is no vector of codes. */
  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => {
      const codes = this.quantiser.codesOf(z);
      const isThere = untracked(() => tf.all(tf.equal(z, this.quantiser.vectorsOf(codes)), -1));
      return tf.where(isThere, this.codes.logProb(codes, context), -Infinity);
    });
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return tf.tidy(() => this.quantiser.vectorsOf(this.codes.sample(key, shape, context)));
  }
}

/**
 * Latents that are vectors of a codebook, each the nearest to a vector of the encoder's: the posterior is certain of them, and the
 * bound is -log p(x | z) - log p(codes), V log K nats for the divergence where all codes are equally probable.
 *
 * The gradient of z passes straight through to the encoder. Codes are drawn to the encoder's vectors e, and e to its code, by the
 * gradient of |c - e|^2 + commitment |c - e|^2, c or e fixed, which is in the gradient alone and not in the value, so that the bound
 * stays one. It goes with `elbo`. With `prior()` it makes a pair.
 *
 * Source: van den Oord, Vinyals and Kavukcuoglu, "Neural discrete representation learning", arXiv:1711.00937, eq. 3.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { MLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, elbo, type NetworkBuilder, vae, vectorQuantised } from '@pushforward/vae';
 * const [forCodes, forModel] = Key.from(1).split(2);
 * const posterior = vectorQuantised(forCodes, { variables: 4, codes: 16, size: 3 });
 * const network: NetworkBuilder = (key, sizes) => new MLP(key, { ...sizes, hidden: [64] });
 * const model = vae(forModel, {
 *   ...{ posterior, prior: posterior.prior() },
 *   ...{ likelihood: bernoulli(64), encoder: network, decoder: network, objective: elbo() },
 * });
 * ```
 */
export function vectorQuantised(key: Key, options: VectorQuantisedOptions): VectorQuantised {
  const where = 'vectorQuantised';
  checkOptions(where, options, ['variables', 'codes', 'size', 'commitment']);
  const { variables, codes, size, commitment = 0.25 } = options;
  checkCount(where, 'variables', variables, 1);
  checkCount(where, 'codes', codes, 2);
  checkCount(where, 'size', size, 1);
  if (commitment !== 0) checkAbove(where, 'commitment', commitment, 0);
  return new VectorQuantised(key, options);
}
