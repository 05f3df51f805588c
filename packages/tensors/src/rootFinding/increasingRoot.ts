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
 * Newton's method inside a bracket: each step shrinks the bracket by the sign of f(x) - y, and is one of Newton's where
 * that stays inside and of bisection where it does not. The number of steps is fixed, so that `compile` can record them.
 *
 * The gradient is that of the implicit function, dx = (dy - df/dinputs dinputs) / f', and can be differentiated once
 * more. Whatever f depends on and is to have a gradient must be among the inputs; the bracket has none.
 *
 * Source: Press et al., "Numerical recipes", 2007, section 9.4 (Newton's method inside a bracket); Krantz and Parks, "The
 * implicit function theorem", 2013, section 1.3 (the gradient).
 *
 * @param f from x to its value and slope, all of the shape of y
 * @param y any shape
 * @param bracket around every root, or a function that finds it
 * @param steps evaluations of f; with 30 bisection alone makes the bracket 2^-30 as wide
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
    for (let step = 0; step < steps; step++) {
      const [value, slope] = f(x, ...inputs);
      const excess = tf.sub(value, y);
      const isAbove = tf.greaterEqual(excess, 0);
      above = tf.where(isAbove, x, above);
      below = tf.where(isAbove, below, x);
      const next = tf.sub(x, tf.div(excess, slope));
      // A root that has been found is an end of the bracket, and must not be left again.
      const isInside = tf.logicalAnd(tf.greaterEqual(next, below), tf.lessEqual(next, above));
      const inside = tf.where(isInside, next, tf.mul(0.5, tf.add(below, above)));
      x = tf.where(tf.isNaN(excess), excess, inside);
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
