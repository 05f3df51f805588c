import * as tf from '@tensorflow/tfjs';
import { checkCount } from '../check.js';
import { pullback } from '../ops/gradient.js';
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
  const groups = groupsOf(rule, nodesAtOnce);
  // Of other sizes, or a compiled program would see in the backward pass what it has computed in the forward pass, and
  // keep it. Nothing is kept within a group, so that larger ones take no more memory.
  const forwardGroups = groupsOf(rule, 2 * nodesAtOnce);
  const node = (x: Tensor, { places }: Group) =>
    tf.mul(tf.expandDims(x, 0), column(places, x.rank));

  const value = (x: Tensor, inputs: readonly Tensor[]) => {
    const sum = total(forwardGroups, (group) => [
      weightedSum(f(node(x, group), ...inputs), group.weights),
    ])[0]!;
    return tf.mul(x, sum);
  };

  const gradient = (dy: Tensor, x: Tensor, inputs: readonly Tensor[]) => {
    const dx = tf.mul(dy, tf.squeeze(f(tf.expandDims(x, 0), ...inputs), [0]));
    const perPoint = tf.expandDims(tf.mul(dy, x), 0);
    if (inputs.length === 0) return [dx];
    const products = total(groups, (group) =>
      pullback(
        (...inputs) => f(node(x, group), ...inputs),
        inputs,
        tf.mul(perPoint, column(group.weights, x.rank)),
      ),
    );
    return [dx, ...products];
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

/** Nodes that are evaluated together, on [0, 1]. */
interface Group {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

function groupsOf({ nodes, weights }: QuadratureRule, size: number): Group[] {
  const groups: Group[] = [];
  for (let k = 0; k < nodes.length; k += size)
    groups.push({
      places: nodes.slice(k, k + size).map((node) => (node + 1) / 2),
      weights: weights.slice(k, k + size).map((weight) => weight / 2),
    });
  return groups;
}

/** One number for each node, to broadcast against `[K, ...]`. */
function column(numbers: readonly number[], rank: number): Tensor {
  return tf.tensor([...numbers], [numbers.length, ...Array<number>(rank).fill(1)]);
}

/** `[K, ...]` to `[...]`. */
function weightedSum(values: Tensor, weights: readonly number[]): Tensor {
  const row = tf.tensor2d([...weights], [1, weights.length]);
  const flat = tf.reshape(values, [weights.length, -1]);
  return tf.reshape(tf.matMul(row, flat), values.shape.slice(1));
}

/**
 * The sums of what the groups give, each group's tensors freed as soon as they are added.
 *
 * They are added as one vector: a runtime that orders a compiled program by what each result needs then finishes one
 * group before it begins another, and keeps no more than one group's intermediate results.
 */
function total(groups: readonly Group[], parts: (group: Group) => Tensor[]): Tensor[] {
  let shapes: number[][] = [];
  let sum: Tensor | undefined;
  for (const group of groups) {
    const before = sum;
    sum = tf.tidy(() => {
      const made = parts(group);
      shapes = made.map(({ shape }) => shape);
      const flat = made.map((part) => tf.reshape(part, [-1]));
      const vector = flat.length === 1 ? flat[0]! : tf.concat(flat);
      return before === undefined ? vector : tf.add(before, vector);
    });
    before?.dispose();
  }
  let first = 0;
  return shapes.map((shape) => {
    const size = tf.util.sizeFromShape(shape);
    const part = tf.reshape(tf.slice(sum!, [first], [size]), shape);
    first += size;
    return part;
  });
}
