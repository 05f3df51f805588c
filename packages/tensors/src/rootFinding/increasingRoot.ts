import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../check.js';
import { detach, pullback } from '../ops/gradient.js';
import type { Tensor } from '../types.js';

/** Where a root lies. */
export interface Bracket {
  /** Below the root: a number, or any shape that broadcasts to that of y. */
  readonly low: Tensor | number;
  /** Above the root. */
  readonly high: Tensor | number;
  /** A first guess, of the shape of y; the middle by default. */
  readonly start?: Tensor;
}

/**
 * The x with f(x, ...inputs) = y, number by number, for an f that increases in x and has a known slope.
 *
 * Dekker's method: each evaluation shrinks the bracket by the sign of f(x) - y; the next is where the line through the last
 * two points meets y, or the middle of the bracket where that is outside or where two evaluations have not halved it. So
 * three evaluations halve it at the least, and few are needed where f is nearly straight. The first line has the slope
 * that f gives, which may be a little wrong. The number of steps is fixed, so that `compile` can record them.
 *
 * The gradient is that of the implicit function, dx = (dy - df/dinputs dinputs) / f', and can be differentiated once
 * more. Whatever f depends on and is to have a gradient must be among the inputs; the bracket has none.
 *
 * Source: Dekker, "Finding a zero by means of successive linear interpolation", 1969; Krantz and Parks, "The
 * implicit function theorem", 2013, section 1.3 (the gradient).
 *
 * @param f from x to its value and slope, all of the shape of y; only gradients need the slope to be exact
 * @param y any shape
 * @param bracket around every root, or a function that finds it
 * @param steps evaluations of f; 30 make the bracket 2^-10 as wide at the least, and mostly leave nothing but rounding
 * @returns the shape of y; NaN where y or f is
 * @throws DomainError unless steps is an integer >= 1
 *
 * @example
 * ```ts
 * import { increasingRoot, type Tensor } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const cube = (x: Tensor): [Tensor, Tensor] => [tf.mul(x, tf.square(x)), tf.mul(3, tf.square(x))];
 * const root = (y: Tensor) => increasingRoot(cube, y, [], { low: 0, high: 10 });
 * root(tf.tensor1d([8, 27])).print(); // 2, 3
 * tf.grad(root)(tf.tensor1d([8, 27])).print(); // 1 / 12, 1 / 27
 * ```
 */
export function increasingRoot(
  f: (x: Tensor, ...inputs: Tensor[]) => [value: Tensor, slope: Tensor],
  y: Tensor,
  inputs: readonly Tensor[],
  bracket: Bracket | ((y: Tensor, ...inputs: Tensor[]) => Bracket),
  steps = 30,
): Tensor {
  checkCount('increasingRoot', 'steps', steps, 1);

  const search = (y: Tensor, inputs: readonly Tensor[]) => {
    const { low, high, start } = typeof bracket === 'function' ? bracket(y, ...inputs) : bracket;
    let below: Tensor = tf.add(tf.zeros(y.shape), low);
    let above: Tensor = tf.add(tf.zeros(y.shape), high);
    let x = start ?? tf.mul(0.5, tf.add(below, above));
    /** The point whose value is nearest to y, and how far that is. */
    let best: Point | undefined;
    const widths = [tf.sub(above, below)];
    for (let step = 1; step <= steps; step++) {
      const [value, slope] = f(x, ...inputs);
      const excess = tf.sub(value, y);
      const isAbove = tf.greaterEqual(excess, 0);
      above = tf.where(isAbove, x, above);
      below = tf.where(isAbove, below, x);
      const steepness = best === undefined ? slope : meanSlope(slope, { x, excess }, best);
      best = best === undefined ? { x, excess } : nearer({ x, excess }, best);
      const middle = tf.mul(0.5, tf.add(below, above));
      const next = tf.sub(best.x, tf.div(best.excess, steepness));
      // A root that has been found is an end of the bracket, and must not be left again.
      const isInside = tf.logicalAnd(tf.greaterEqual(next, below), tf.lessEqual(next, above));
      const estimate = tf.where(isInside, next, middle);
      if (step === steps) return tf.where(tf.isNaN(excess), excess, estimate);
      widths.push(tf.sub(above, below));
      const before = widths.at(-3);
      const isSlow = before && tf.greater(widths.at(-1)!, tf.mul(0.5, before));
      x = isSlow === undefined ? estimate : tf.where(isSlow, middle, estimate);
    }
    return x;
  };

  const gradient = (dx: Tensor, root: Tensor, y: Tensor, inputs: readonly Tensor[]) => {
    // A step of Newton's of length 0, through which the root depends on y and inputs when this is differentiated.
    const [value, slope] = f(root, ...inputs);
    const excess = tf.sub(value, y);
    const x = tf.sub(root, tf.div(tf.sub(excess, detach(excess)), slope));
    const dy = tf.div(dx, f(x, ...inputs)[1]);
    const products = pullback((...inputs) => f(x, ...inputs)[0], inputs, tf.neg(dy));
    return [dy, ...products];
  };

  return tf.tidy(() =>
    tf.customGrad((...args) => {
      const save = args.pop() as unknown as (saved: Tensor[]) => void;
      const [y, ...inputs] = args as [Tensor, ...Tensor[]];
      const root = tf.tidy(() => search(y, inputs));
      save([root, y, ...inputs]);
      return {
        value: root,
        gradFunc: (dx: Tensor, [root, y, ...inputs]: Tensor[]) => gradient(dx, root!, y!, inputs),
      };
    })(y, ...inputs),
  );
}

/** A number x, and f(x) - y. */
interface Point {
  readonly x: Tensor;
  readonly excess: Tensor;
}

/** How far the mean slope may be from the given one. */
const MOST_APART = 10;

/** The mean slope from one point to another, near to the slope that f says it has. */
function meanSlope(slope: Tensor, to: Point, from: Point): Tensor {
  const [dx, dy] = [tf.sub(to.x, from.x), tf.sub(to.excess, from.excess)];
  const isApart = tf.notEqual(dx, 0);
  const mean = tf.div(dy, tf.where(isApart, dx, tf.onesLike(dx)));
  const bounded = tf.minimum(
    tf.maximum(mean, tf.div(slope, MOST_APART)),
    tf.mul(slope, MOST_APART),
  );
  return tf.where(isApart, bounded, slope);
}

function nearer(a: Point, b: Point): Point {
  const isNearer = tf.lessEqual(tf.abs(a.excess), tf.abs(b.excess));
  return {
    x: tf.where(isNearer, a.x, b.x),
    excess: tf.where(isNearer, a.excess, b.excess),
  };
}
