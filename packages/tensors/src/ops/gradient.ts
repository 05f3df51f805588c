import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '../types.js';

/**
 * `value(x)` with a gradient of our own.
 *
 * The input is saved and handed to `gradient`, which must be built from operations that can be differentiated
 * themselves: then so can the result, any number of times. Nothing that `value` does is recorded.
 *
 * @param gradient (dy, x) -> dL/dx, of the shape of x
 *
 * @example
 * ```ts
 * import { withGradient } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // Rounds, and lets the gradient pass as if it did not.
 * const straightThrough = (x: tf.Tensor) => withGradient(x, tf.round, (dy) => dy);
 * tf.grad(straightThrough)(tf.tensor1d([0.3, 1.8])).print(); // [1, 1]
 * ```
 */
export function withGradient(
  x: Tensor,
  value: (x: Tensor) => Tensor,
  gradient: (dy: Tensor, x: Tensor) => Tensor,
): Tensor {
  return tf.customGrad((input, save) => {
    (save as (saved: Tensor[]) => void)([input as Tensor]);
    return {
      value: value(input as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => gradient(dy, saved[0]!),
    };
  })(x);
}

/**
 * `value(x)` with gradient zero: a mask, a bin index, a choice.
 *
 * TensorFlow.js cannot differentiate past `less`, `equal`, `argMax` and their like, even where the result is
 * constant; inside `value` they are allowed. The result still counts as a function of x, whose gradient is zero where
 * nothing else depends on x. As the condition of a `tf.where` between two functions of x take {@link untracked}.
 */
export function withoutGradient(x: Tensor, value: (x: Tensor) => Tensor): Tensor {
  return withGradient(x, value, (_, x) => tf.zerosLike(x));
}

/**
 * A tensor that counts as a constant, whatever it is computed from.
 *
 * A condition of `tf.where` must be one for the result to be differentiated twice: the gradient negates the condition,
 * a step that has no gradient of its own.
 */
export function untracked(value: () => Tensor): Tensor {
  return tf.customGrad(() => ({ value: value(), gradFunc: () => [] }))();
}

/** The same values, of which no gradient is taken. */
export function detach(x: Tensor): Tensor {
  return withoutGradient(x, tf.clone);
}

/**
 * The derivatives of f in the direction dy, dL/dinput for dy = dL/df: the vector-Jacobian product.
 *
 * Unlike `tf.grads` it may be used inside {@link withGradient} and `tf.customGrad`: in the value, of which nothing is
 * recorded, and in the gradient, which runs when the tape of the differentiation it belongs to has ended. And what the inputs depend on is not differentiated through.
 * The products can be differentiated themselves, with respect to inputs and dy.
 *
 * @param inputs any shapes; of variables f may take no notice, and read them by itself
 * @param dy the shape of f(...inputs)
 * @returns one product for each input, of its shape
 */
export function pullback(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  dy: Tensor,
): Tensor[] {
  if (inputs.length === 0) return [];
  return tf.tidy(() => {
    // Paths that lead from one input to another end here; none leads to a variable.
    const own = inputs.map((input) => (input instanceof tf.Variable ? input : tf.clone(input)));
    const engine = tf.engine();
    const { activeTape, gradientDepth, kernelDepth } = engine.state;
    // Within a value that has a gradient of its own nothing is recorded, so that this differentiation is the outermost.
    if (kernelDepth > 0) Object.assign(engine.state, { gradientDepth: 0, kernelDepth: 0 });
    const { grads } = engine.gradients(() => f(...own), own, dy, true);
    // Where the outer tape has ended, the inner one has taken its place.
    Object.assign(engine.state, { activeTape, gradientDepth, kernelDepth });
    return grads.map((gradient, i) => (gradient as Tensor | null) ?? tf.zerosLike(own[i]!));
  });
}
