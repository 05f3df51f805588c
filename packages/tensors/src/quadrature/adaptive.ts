import * as tf from '@tensorflow/tfjs';
import { checkCount, checkOptions } from '../check.js';
import { DomainError } from '../errors.js';
import type { Tensor } from '../types.js';
import { clenshawCurtis } from './rules.js';

/** With few points the sums of two rules may agree by chance. */
const FIRST_STEPS = 16;

/** How exact {@link integrateAdaptively} is asked to be. */
export interface AdaptiveOptions {
  /** The error that every integral is to stay below; 1e-6 by default. */
  readonly tolerance?: number;
  /** No more steps than this, a power of two from 16 on; 1024 by default. */
  readonly mostSteps?: number;
}

/** Integrals with what is known of their errors. */
export interface AdaptiveIntegral {
  /** The integrals, of the shape of the bounds. */
  readonly value: Tensor;
  /**
   * The difference to the rule of half the steps, of the same shape. Where f is smooth at the distance of the points, the
   * true error is far below; it may be above where f has a kink or a peak that the points have only begun to see.
   */
  readonly error: Tensor;
  /** Steps of the last rule; f has been evaluated at one point more, each only once. */
  readonly steps: number;
  /** Whether every error is below the tolerance. */
  readonly converged: boolean;
}

/**
 * int_a^b f(t) dt for each pair of bounds, with as many Clenshaw-Curtis steps as they need.
 *
 * Steps are doubled from 16 on until the integral changes by less than the tolerance everywhere. The rules are nested:
 * f is evaluated at new nodes only. How long that takes depends on the numbers, which are read, so it is neither recorded
 * by `compile` nor differentiated. What shows at none of the first 17 points, such as a peak much narrower than a sixteenth
 * of the interval, is missed and no error reported: where one is known to be, cut the interval there.
 *
 * Source: Clenshaw and Curtis, 1960; O'Hara and Smith, "Error estimation in the Clenshaw-Curtis quadrature formula",
 * The Computer Journal 1968.
 *
 * @param f takes points `[K, ...shape of the bounds]` and gives as many values
 * @param low a, any shape
 * @param high b, the shape of a
 * @throws DomainError for options outside their domain
 *
 * @example
 * ```ts
 * import { integrateAdaptively } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const { value, error, steps } = integrateAdaptively(tf.cos, tf.zeros([2]), tf.tensor1d([1, 10]));
 * value.print(); // sin 1, sin 10
 * console.log(steps, error.dataSync());
 * ```
 */
export function integrateAdaptively(
  f: (t: Tensor) => Tensor,
  low: Tensor,
  high: Tensor,
  options: AdaptiveOptions = {},
): AdaptiveIntegral {
  checkOptions('integrateAdaptively', options, ['tolerance', 'mostSteps']);
  const { tolerance = 1e-6, mostSteps = 1024 } = options;
  checkCount('integrateAdaptively', 'mostSteps', mostSteps, FIRST_STEPS);
  if (!(tolerance > 0))
    throw new DomainError(`integrateAdaptively: the tolerance must be positive, got ${tolerance}.`);
  const middle = tf.tidy(() => tf.mul(0.5, tf.add(low, high)));
  const half = tf.tidy(() => tf.mul(0.5, tf.sub(high, low)));
  const at = (nodes: readonly number[]): Tensor[] =>
    tf.tidy(() => {
      const places = tf.tensor([...nodes], [nodes.length, ...low.shape.map(() => 1)]);
      return tf.unstack(
        f(tf.add(tf.expandDims(middle, 0), tf.mul(places, tf.expandDims(half, 0)))),
      );
    });
  const sum = (values: readonly Tensor[], weights: readonly number[]) =>
    tf.mul(half, tf.addN(values.map((value, k) => tf.mul(value, weights[k]!))));

  let steps = FIRST_STEPS;
  let values = at(clenshawCurtis(steps).nodes);
  const everyOther = values.filter((_, k) => k % 2 === 0);
  let value = tf.tidy(() => sum(values, clenshawCurtis(steps).weights));
  let error = tf.tidy(() =>
    tf.abs(tf.sub(value, sum(everyOther, clenshawCurtis(FIRST_STEPS / 2).weights))),
  );
  const converged = () => tf.tidy(() => tf.max(error).dataSync()[0]! <= tolerance);
  while (!converged() && 2 * steps <= mostSteps) {
    steps *= 2;
    const { nodes, weights } = clenshawCurtis(steps);
    const added = at(nodes.filter((_, k) => k % 2 === 1));
    values = nodes.map((_, k) => (k % 2 === 0 ? values : added)[k >> 1]!);
    const before = value;
    tf.dispose(error);
    value = tf.tidy(() => sum(values, weights));
    error = tf.tidy(() => tf.abs(tf.sub(value, before)));
    tf.dispose(before);
  }
  tf.dispose([values, middle, half]);
  return { value, error, steps, converged: converged() };
}
