import {
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  constant,
  DomainError,
  type Key,
  OptionError,
  type Tensor,
  tanh,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector } from '../bijector.js';
import { product, transposed } from '../ops.js';
import { type Basis, householder, orthogonal, standard, type Turn } from './basis.js';
import { Selection } from './selection.js';
import { tanhRoot } from './tanhRoot.js';

/** Which orthonormal Q a Sylvester map has. */
const bases = ['orthogonal', 'householder', 'triangular'] as const;

/** What a Sylvester map is made of. */
export interface SylvesterOptions {
  /** D: numbers per vector. */
  readonly features: number;
  /**
   * What Q is: `'orthogonal'`, the default, M columns next to those of any matrix; `'householder'`, a product of reflections,
   * M = D; `'triangular'`, the identity, M = D, to be alternated with `Reverse`.
   */
  readonly basis?: (typeof bases)[number];
  /** M of the basis `'orthogonal'`, from 1 to D: directions that are transformed; min(D, 16) by default. */
  readonly rank?: number;
  /** Reflections of the basis `'householder'`; min(D, 8) by default. */
  readonly reflections?: number;
  /** Numbers per context vector, on which Q, R, S and b depend linearly before their constraints; 0 by default. */
  readonly context?: number;
}

/** Diagonals of R and S stay within (-0.99, 0.99), slopes along an axis between 0.01 and 2. */
const BOUND = 0.99;

/** Where the numbers behind the diagonal of S start: at about 3 / 4. */
const START = 1;

/** Evaluations for a root of the slopes that there are. */
const STEPS = 12;

/**
 * y = z + Q R tanh(S Q^T z + b), log|det| = sum_i log(1 + R_ii S_ii (1 - tanh_i^2)), with Q of M orthonormal columns, R and S
 * upper triangular: M planar maps in one, each of which reads those behind it.
 *
 * The diagonals are 0.99 tanh of their numbers, so that the map is invertible. All numbers are weights; with a context c they
 * have c A beside them, so that a chain of such maps whose context is an encoder's output is an amortised posterior. The start
 * is the identity, for the context 0. The inverse finds the M numbers Q^T z from the last to the first, each as the root of an
 * increasing function.
 *
 * Source: van den Berg, Hasenclever, Tomczak and Welling, "Sylvester normalizing flows for variational inference",
 * arXiv:1803.05649.
 *
 * @example
 * ```ts
 * import { chain, Sylvester } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 *
 * const [forZ, ...keys] = Key.from(1).split(5);
 * const flow = chain(keys.map((key) => new Sylvester(key, { features: 6, rank: 3 })));
 * const [y, logDet] = flow.forwardAndLogDet(forZ!.normal([100, 6])); // [100, 6], [100]
 * ```
 */
export class Sylvester extends Bijector {
  override readonly eventRank = 1;
  override readonly contextSize: number;
  /** D. */
  readonly features: number;
  /** Numbers behind Q, R with what is above the diagonal of S below its own, the diagonal of S, and b. */
  readonly selection: Selection;
  private readonly basis: Basis;
  /** 1 above the diagonal, `[M, M]`. */
  private readonly above: Tensor;

  /** @throws OptionError or DomainError for options that are unknown, outside their domain or do not go together */
  constructor(key: Key, options: SylvesterOptions) {
    super();
    const { features, context = 0 } = checkSylvester(options);
    this.features = features;
    this.contextSize = context;
    this.basis = basisOf(options);
    const { size } = this.basis;
    this.above = constant(() =>
      tf.sub(tf.linalg.bandPart(tf.ones([size, size]), 0, -1), tf.eye(size)),
    );
    const [forBasis, forContext] = key.split(2);
    this.selection = new Selection(forContext, context, () =>
      tf.concat([
        ...this.basis.start(forBasis),
        tf.zeros([size * size]),
        tf.fill([size], START),
        tf.zeros([size]),
      ]),
    );
  }

  override forwardAndLogDet(z: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(z, context);
    return tf.tidy(() => {
      const { Q, R, S, b } = this.numbers(context);
      const h = tanh(tf.add(times(S, Q.into(z)), b));
      return [tf.add(z, Q.outOf(times(R, h))), logSlopes(R, S, h)];
    });
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    this.checkInput(y, context);
    return tf.tidy(() => {
      const { Q, R, S, b } = this.numbers(context);
      const h = this.solve(Q.into(y), R, S, b);
      return [tf.sub(y, Q.outOf(times(R, h))), tf.neg(logSlopes(R, S, h))];
    });
  }

  /** tanh(S s + b) for the s with s + R tanh(S s + b) = v, `[..., M]`: the last number first. */
  private solve(v: Tensor, R: Triangle, S: Triangle, b: Tensor): Tensor {
    const { size } = this.basis;
    const entries = (x: Tensor) => tf.split(x, size, -1);
    const rows = (triangle: Triangle) =>
      tf.split(triangle.above, size, -2).map((row) => tf.squeeze(row, [-2]));
    const [image, biases, ofR, ofS] = [
      entries(v),
      entries(b),
      entries(R.diagonal),
      entries(S.diagonal),
    ];
    const [rowsOfR, rowsOfS] = [rows(R), rows(S)];
    /** The sum of what is known of a row's product with x. */
    const known = (row: Tensor, x: readonly Tensor[]) =>
      x.length === 0
        ? 0
        : tf.sum(
            tf.mul(
              tf.slice(row, [...row.shape.slice(1).map(() => 0), size - x.length]),
              tf.concat([...x], -1),
            ),
            -1,
            true,
          );
    const h: Tensor[] = [];
    const s: Tensor[] = [];
    for (let i = size - 1; i >= 0; i--) {
      const rest = tf.sub(image[i]!, known(rowsOfR[i]!, h));
      const shift = tf.add(biases[i]!, known(rowsOfS[i]!, s));
      const r = tf.add(tf.mul(ofS[i]!, rest), shift);
      const slope = tf.add(1, tf.mul(ofR[i]!, ofS[i]!));
      const at = tanh(tanhRoot(r, tf.add(slope, tf.zerosLike(r)), STEPS));
      h.unshift(at);
      s.unshift(tf.sub(rest, tf.mul(ofR[i]!, at)));
    }
    return tf.concat(h, -1);
  }

  private numbers(context: Tensor | undefined): { Q: Turn; R: Triangle; S: Triangle; b: Tensor } {
    const { size, parameterCount } = this.basis;
    const selected = this.selection.at(context);
    const sizes = [parameterCount, size * size, size, size];
    // Not every engine has tensors without numbers.
    const parts = tf.split(selected, sizes.slice(Number(parameterCount === 0)), -1);
    const [both, raw, b] = parts.slice(-3) as [Tensor, Tensor, Tensor];
    const square = tf.reshape(both, [...both.shape.slice(0, -1), size, size]);
    const diagonal = tf.sum(tf.mul(square, tf.eye(size)), -1);
    const bounded = (raw: Tensor) => tf.mul(BOUND, tanh(raw));
    return {
      Q: this.basis.at(parts[0]!),
      R: { above: tf.mul(square, this.above), diagonal: bounded(diagonal) },
      S: { above: tf.mul(transposed(square), this.above), diagonal: bounded(raw) },
      b,
    };
  }

  private checkInput(x: Tensor, context: Tensor | undefined): void {
    checkEvent('Sylvester', x, [this.features]);
    checkContext('Sylvester', this.contextSize, context);
  }
}

/** An upper triangular matrix in two parts. */
interface Triangle {
  /** Zero on and below the diagonal, `[..., M, M]`. */
  readonly above: Tensor;
  /** `[..., M]`. */
  readonly diagonal: Tensor;
}

/** The product of a matrix and vectors `[..., M]`. */
function times({ above, diagonal }: Triangle, x: Tensor): Tensor {
  return tf.add(product(above, x), tf.mul(diagonal, x));
}

/** sum_i log(1 + R_ii S_ii (1 - h_i^2)). */
function logSlopes(R: Triangle, S: Triangle, h: Tensor): Tensor {
  const k = tf.mul(R.diagonal, S.diagonal);
  return tf.sum(tf.log(tf.add(1, tf.mul(k, tf.sub(1, tf.square(h))))), -1);
}

function basisOf({ features, basis, rank, reflections }: SylvesterOptions): Basis {
  if (basis === 'triangular') return standard(features);
  return basis === 'householder'
    ? householder(features, reflections ?? Math.min(features, 8))
    : orthogonal(features, rank ?? Math.min(features, 16));
}

function checkSylvester(options: SylvesterOptions): SylvesterOptions {
  const where = 'Sylvester';
  checkOptions(where, options, ['features', 'basis', 'rank', 'reflections', 'context']);
  const { features, basis = 'orthogonal', rank = 1, reflections = 1, context = 0 } = options;
  checkCount(where, 'features', features, 1);
  checkCount(where, 'rank', rank, 1);
  checkCount(where, 'reflections', reflections, 1);
  checkCount(where, 'context', context, 0);
  if (!bases.includes(basis))
    throw new OptionError(`${where}: basis must be one of ${bases.join(', ')}, got ${basis}.`);
  if (rank > features)
    throw new DomainError(`${where}: rank must be at most ${features}, the features, got ${rank}.`);
  if (options.rank !== undefined && basis !== 'orthogonal')
    throw new OptionError(`${where}: rank goes with the basis 'orthogonal', got '${basis}'.`);
  if (options.reflections !== undefined && basis !== 'householder')
    throw new OptionError(`${where}: reflections go with the basis 'householder', got '${basis}'.`);
  return options;
}
