import {
  detach,
  type Key,
  Module,
  parameter,
  ShapeError,
  state,
  type Tensor,
  untracked,
  type Variable,
  withGradient,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** What a code that nothing takes any more is divided by in place of its count. */
const SMALLEST_COUNT = 1e-20;

/** The vectors that stand for others, each for those that it is the nearest to. */
export class Codebook extends Module {
  /** Shape `[K, d]`. */
  readonly vectors: Variable;
  /** How many have taken each code, later ones weighing more, where codes are means of them: shape `[K]`. */
  readonly counts: Variable | undefined;

  /** @internal made by {@link vectorQuantised} */
  constructor(
    key: Key,
    sizes: { readonly codes: number; readonly size: number },
    private readonly commitment: number,
    private readonly decay: number | undefined,
  ) {
    super();
    const { codes, size } = sizes;
    const start = () => key.uniform([codes, size], -1 / codes, 1 / codes);
    this.vectors = decay === undefined ? parameter(start) : state(start);
    if (decay !== undefined) this.counts = state(() => tf.zeros([codes]));
  }

  /**
   * The index of the code nearest to each part of a vector.
   *
   * @param z shape `[..., V d]`
   * @returns int32, shape `[..., V]`
   * @throws ShapeError for vectors that are not made of parts
   */
  codesOf(z: Tensor): Tensor {
    const [, part] = this.vectors.shape as [number, number];
    if (z.rank === 0 || z.shape.at(-1)! % part !== 0)
      throw new ShapeError(
        `Codebook.codesOf: vectors of parts of ${part} numbers are needed, got [${z.shape.join(', ')}].`,
      );
    return tf.tidy(() =>
      untracked(() => {
        const [codes, size] = this.vectors.shape as [number, number];
        const parts = tf.reshape(z, [-1, size]);
        // Nearest in |e - c|^2 = |e|^2 - 2 e . c + |c|^2.
        const products = tf.mul(2, tf.matMul(parts, this.vectors, false, true));
        const nearness = tf.sub(products, tf.sum(tf.square(this.vectors), 1));
        const nearest = tf.argMax(tf.reshape(nearness, [-1, codes]), 1);
        return tf.reshape(nearest, [...z.shape.slice(0, -1), z.shape.at(-1)! / size]);
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
      const vectors = tf.matMul(this.chosen(codes), this.vectors);
      return tf.reshape(vectors, [...codes.shape.slice(0, -1), -1]);
    });
  }

  /**
   * What draws codes and encoder to each other, shape `[...]`: |c - e|^2 + commitment |c - e|^2 in the gradient, c or e
   * fixed, and 0 in the value. Codes that are means move when that gradient is taken, and have none.
   *
   * @internal
   * @param encoded e, shape `[..., V d]`
   */
  pull(encoded: Tensor): Tensor {
    const codes = this.vectorsOf(this.codesOf(encoded));
    const distance = (a: Tensor, b: Tensor) => tf.sum(tf.square(tf.sub(a, b)), -1);
    const toCodes = (encoded: Tensor) => tf.mul(this.commitment, distance(encoded, detach(codes)));
    const pull =
      this.decay === undefined
        ? tf.add(distance(detach(encoded), codes), toCodes(encoded))
        : toCodes(this.followed(encoded));
    return tf.sub(pull, detach(pull));
  }

  /** The same vectors, which codes follow when a gradient goes through. */
  private followed(encoded: Tensor): Tensor {
    return withGradient(encoded, tf.clone, (gradient, encoded) => {
      this.follow(encoded);
      return gradient;
    });
  }

  /**
   * N_t = gamma N_t-1 + (1 - gamma) n, and the mean c_t = c_t-1 + (1 - gamma) (sum of e - n c_t-1) / N_t, of each code.
   */
  private follow(encoded: Tensor): void {
    tf.tidy(() => {
      const [decay, counts] = [this.decay!, this.counts!];
      const chosen = this.chosen(this.codesOf(encoded));
      const taken = tf.sum(chosen, 0);
      const sums = tf.matMul(chosen, tf.reshape(encoded, [-1, this.vectors.shape[1]!]), true);
      const change = tf.sub(sums, tf.mul(tf.expandDims(taken, -1), this.vectors));
      counts.assign(tf.add(tf.mul(decay, counts), tf.mul(1 - decay, taken)));
      const weight = tf.div(1 - decay, tf.maximum(counts, SMALLEST_COUNT));
      this.vectors.assign(tf.add(this.vectors, tf.mul(tf.expandDims(weight, -1), change)));
    });
  }

  /** Ones where a code is taken: `[..., V]` -> `[n V, K]`. */
  private chosen(codes: Tensor): tf.Tensor2D {
    return untracked(() =>
      tf.cast(
        tf.oneHot(tf.cast(tf.reshape(codes, [-1]), 'int32'), this.vectors.shape[0]),
        'float32',
      ),
    ) as tf.Tensor2D;
  }
}
