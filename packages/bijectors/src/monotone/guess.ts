import {
  type Bracket,
  clenshawCurtis,
  clip,
  cumulativeClenshawCurtis,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { rationalQuadratic } from '../spline/rationalQuadratic.js';

interface GuessOptions {
  readonly steps: number;
  readonly bound: number;
  readonly edge?: ((end: Tensor) => readonly Tensor[]) | undefined;
}

/**
 * An x with F(x) = int_0^x f about y, and a bracket around the one where it is so; F is a line beyond [-B, B].
 *
 * The n + 1 values of f at the Clenshaw-Curtis nodes of [0, B] or [-B, 0] give its integral up to every one of them, so
 * that one evaluation tells between which two x lies. The nodes of the interval that ends at the outer one are close
 * together there; between the two of them that enclose x, the monotone rational interpolant is solved for x.
 *
 * @param f from points `[K, N]` to as many values
 * @param y shape `[N]`
 * @param options.edge value and slope of F at -B or B, where another rule than this one gives them
 * @returns everything of shape `[N]`
 */
export function guess(
  f: (t: Tensor) => Tensor,
  y: Tensor,
  { steps, bound, edge }: GuessOptions,
): Bracket {
  const wanted = tf.abs(y);
  const places = clenshawCurtis(steps).nodes.map((node) => (node + 1) / 2);
  const ascending = [...places].reverse();
  const weights = tf.tensor2d([...cumulativeClenshawCurtis(steps)].reverse() as number[][]);
  const nodes = tf.tensor2d(ascending, [steps + 1, 1]);

  /** Values and integrals at the nodes of [0, end], and how many integrals are below what is wanted. */
  const table = (end: Tensor) => {
    const values = f(tf.mul(tf.tensor2d(places, [steps + 1, 1]), end));
    const integrals = tf.mul(tf.matMul(weights, values), tf.mul(0.5, tf.abs(end)));
    const below = tf.sum(tf.cast(tf.lessEqual(integrals, wanted), 'float32'), 0);
    return { values: tf.reverse(values, 0), integrals, below };
  };
  const numbers = tf.tensor2d(
    ascending.map((_, k) => k),
    [steps + 1, 1],
  );
  /** Of each column of `[steps + 1, N]` the entry of that number. */
  const entry = (rows: Tensor, number: Tensor) => {
    const mask = tf.equal(numbers, number);
    const all = tf.add(rows, tf.zeros(mask.shape));
    return tf.sum(tf.where(mask, all, tf.zeros(mask.shape)), 0);
  };

  const side = tf.where(tf.greaterEqual(y, 0), tf.fill(y.shape, bound), tf.fill(y.shape, -bound));
  const first = table(side);
  const outer = tf.minimum(first.below, steps);
  const end = tf.mul(side, entry(nodes, outer));

  const { values, integrals, below } = table(end);
  const right = clip(below, 1, steps);
  const left = tf.sub(right, 1);
  const [a, b] = [entry(nodes, left), entry(nodes, right)];
  const [areaBefore, area] = [entry(integrals, left), entry(integrals, right)];
  const rise = tf.maximum(tf.sub(area, areaBefore), 1e-30);
  const share = clip(tf.div(tf.sub(wanted, areaBefore), rise), 0, 1);
  // x as a function of the area, in units of the cell: slopes are reciprocal.
  const meanSlope = tf.div(rise, tf.maximum(tf.mul(tf.abs(end), tf.sub(b, a)), 1e-30));
  const [d0, d1] = [entry(values, left), entry(values, right)].map((slope) =>
    clip(tf.div(meanSlope, tf.maximum(slope, 1e-30)), 1e-3, 1e3),
  ) as [Tensor, Tensor];
  const [inCell] = rationalQuadratic(share, d0, d1);
  const inside = tf.mul(tf.abs(end), tf.add(a, tf.mul(tf.sub(b, a), inCell)));

  const lastRow = (rows: Tensor) => tf.squeeze(tf.slice(rows, [steps, 0], [1, -1]), [0]);
  const sign = tf.div(side, bound);
  const [atBound, slope] =
    edge === undefined
      ? ([lastRow(first.integrals), lastRow(first.values)] as const)
      : (edge(side).map((part, i) => (i === 0 ? tf.mul(sign, part) : part)) as [Tensor, Tensor]);
  const excess = tf.sub(wanted, atBound);
  // Where the slope is 0 to float32, there may be no such number.
  const beyond = tf.minimum(tf.div(tf.relu(excess), tf.maximum(slope, 1e-30)), 1e30);
  const ends = [
    tf.mul(sign, -1e-3 * bound),
    tf.mul(sign, tf.mul(1.001, tf.add(bound, beyond))),
  ] as const;
  return {
    start: tf.mul(sign, tf.where(tf.greater(excess, 0), tf.add(bound, beyond), inside)),
    low: tf.minimum(...ends),
    high: tf.maximum(...ends),
  };
}
