import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../check.js';
import { pullback } from '../ops/gradient.js';
import { sumInTurns } from '../turns/sumInTurns.js';
import type { Tensor } from '../types.js';
import type { QuadratureRule } from './rules.js';

/**
 * f(t, ...inputs), taken at several points for each x.
 *
 * @param t shape `[K, ...shape of x]`
 * @param inputs whatever else f depends on, of any shapes
 * @returns the shape of t; entry `[k, i]` depends on no other point than `t[k, i]`
 */
export type Integrand = (t: Tensor, ...inputs: Tensor[]) => Tensor;

/** How {@link integral} is computed. */
export interface IntegralOptions {
  /** Nodes and weights, such as those of `gaussLegendre` and `clenshawCurtis`. */
  readonly rule: QuadratureRule;
  /**
   * Points for each x that are evaluated at once; all by default. Fewer take less memory, and where f makes much of each
   * point less time, for then it stays in the processor's cache.
   */
  readonly nodesAtOnce?: number;
}

/**
 * F(x) = int_0^x f(t, ...inputs) dt for each x, by a quadrature rule.
 *
 * The gradient is that of Leibniz' rule: dF/dx = f(x), and dF/dw = int_0^x df/dw dt by the same quadrature. What f
 * computes at one group of points is forgotten before the next, in both passes, so that the memory does not grow with
 * the number of nodes. The gradient can be differentiated again.
 *
 * Everything that f depends on and that is to have a gradient must be among the inputs.
 *
 * Source: Wehenkel and Louppe, "Unconstrained monotonic neural networks", arXiv:1908.05164, eqs. 2 to 4.
 *
 * @param x any shape
 * @returns the shape of x
 * @throws DomainError unless nodesAtOnce is an integer >= 1
 *
 * @example
 * ```ts
 * import { clenshawCurtis, exp, integral } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // int_0^x e^(a t) dt = (e^(a x) - 1) / a
 * const [x, a] = [tf.tensor1d([1, 2]), tf.scalar(0.5)];
 * integral((t, a) => exp(tf.mul(a!, t)), x, [a], { rule: clenshawCurtis(20) }).print(); // [1.2974, 3.4366]
 * ```
 */
export function integral(
  f: Integrand,
  x: Tensor,
  inputs: readonly Tensor[],
  { rule, nodesAtOnce = rule.nodes.length }: IntegralOptions,
): Tensor {
  checkCount('integral', 'nodesAtOnce', nodesAtOnce, 1);
  const node = (x: Tensor, places: Tensor) => tf.mul(tf.expandDims(x, 0), places);

  const value = (x: Tensor, inputs: readonly Tensor[]) => {
    const part: Part = (places, weights, x, ...inputs) => [
      weightedSum(f(node(x, places), ...inputs), weights),
    ];
    return tf.mul(x, overNodes(part, rule, nodesAtOnce, [x, ...inputs])[0]!);
  };

  const gradient = (dy: Tensor, x: Tensor, inputs: readonly Tensor[]) => {
    const dx = tf.mul(dy, tf.squeeze(f(tf.expandDims(x, 0), ...inputs), [0]));
    if (inputs.length === 0) return [dx];
    const part: Part = (places, weights, x, perPoint, ...inputs) =>
      pullback(
        (...inputs) => f(node(x, places), ...inputs),
        inputs,
        tf.mul(tf.expandDims(perPoint, 0), weights),
      );
    return [dx, ...overNodes(part, rule, nodesAtOnce, [x, tf.mul(dy, x), ...inputs])];
  };

  return tf.tidy(() =>
    tf.customGrad((...args) => {
      const save = args.pop() as unknown as (saved: Tensor[]) => void;
      const [x, ...inputs] = args as [Tensor, ...Tensor[]];
      save([x, ...inputs]);
      return {
        value: value(x, inputs),
        gradFunc: (dy: Tensor, saved: Tensor[]) => gradient(dy, saved[0]!, saved.slice(1)),
      };
    })(x, ...inputs),
  );
}

/**
 * What some nodes give, by their places on [0, 1] and their weights, both `[K, 1, ...]` to broadcast against
 * `[K, ...shape of x]`.
 */
type Part = (places: Tensor, weights: Tensor, x: Tensor, ...inputs: Tensor[]) => Tensor[];

/** The sums over all nodes of what groups of them give, those of equal size in turns. */
function overNodes(
  part: Part,
  { nodes, weights }: QuadratureRule,
  size: number,
  inputs: readonly [Tensor, ...Tensor[]],
): Tensor[] {
  const axes = inputs[0].shape.map(() => 1);
  const columns = (from: number, shape: number[]) =>
    [nodes.map((node) => (node + 1) / 2), weights.map((weight) => weight / 2)].map((numbers) =>
      tf.tensor(numbers.slice(from, from + tf.util.sizeFromShape(shape)), [...shape, ...axes]),
    );
  const turns = Math.floor(nodes.length / size);
  const left = nodes.length - turns * size;
  const sums: Tensor[][] = [];
  if (turns > 0)
    sums.push(
      sumInTurns(
        ([places, weights], x, ...inputs) => part(places!, weights!, x, ...inputs),
        columns(0, [turns, size]),
        inputs,
      ),
    );
  if (left > 0) {
    const [places, weights] = columns(turns * size, [left]) as [Tensor, Tensor];
    sums.push(part(places, weights, ...inputs));
  }
  return sums.reduce((some, others) => some.map((sum, i) => tf.add(sum, others[i]!)));
}

/** `[K, ...]` to `[...]`. */
function weightedSum(values: Tensor, weights: Tensor): Tensor {
  const [count, ...shape] = values.shape;
  const flat = tf.reshape<tf.Rank.R2>(values, [count, -1]);
  return tf.reshape(tf.matMul(tf.reshape<tf.Rank.R2>(weights, [1, -1]), flat), shape);
}
