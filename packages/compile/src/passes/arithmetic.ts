import {
  constantValue,
  type Node,
  node,
  type Program,
  sizeOf,
  type Value,
} from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { sameShape, uniformNumber } from './aliases.js';

/**
 * Chains of elementwise operations made shorter: neutral elements go, numbers gather into one, double negations
 * cancel, and a tensor filled with one number is that number.
 */
export function withShorterArithmetic(program: Program): Program {
  return rewrite(program, (node) => {
    const replaced = simplified(node);
    return replaced === undefined ? undefined : [replaced];
  });
}

const binary = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Pow'];

function simplified(current: Node): Value | undefined {
  const [output] = current.outputs;
  if (current.kernel === 'Neg') return beforeNegation(current.inputs[0]!);
  if (!binary.includes(current.kernel) || output!.dtype !== 'float32') return undefined;
  const [a, b] = current.inputs as readonly [Value, Value];
  return (
    withoutNeutral(current, a, b) ??
    withScalars(current, a, b) ??
    gathered(current, a, b) ??
    withoutNegation(current, a, b)
  );
}

/** y where x is -y. */
function beforeNegation(x: Value): Value | undefined {
  return x.source.kind === 'node' && x.source.node.kernel === 'Neg'
    ? x.source.node.inputs[0]
    : undefined;
}

/** a + (-b) is a - b, and a - (-b) is a + b. */
function withoutNegation({ kernel, outputs }: Node, a: Value, b: Value): Value | undefined {
  if (kernel !== 'Add' && kernel !== 'Sub') return undefined;
  const plain = beforeNegation(b);
  if (plain !== undefined)
    return node(kernel === 'Add' ? 'Sub' : 'Add', { a, b: plain }, {}, outputs).outputs[0];
  const first = kernel === 'Add' ? beforeNegation(a) : undefined;
  return first && node('Sub', { a: b, b: first }, {}, outputs).outputs[0];
}

/** x + 0, x - 0, 1 x and x / 1 are x, where the shape stays. */
function withoutNeutral({ kernel, outputs }: Node, a: Value, b: Value): Value | undefined {
  const neutral =
    kernel === 'Add' || kernel === 'Sub'
      ? 0
      : kernel === 'Multiply' || kernel === 'RealDiv'
        ? 1
        : NaN;
  const { shape } = outputs[0]!;
  if (uniformNumber(b) === neutral && sameShape(a.shape, shape)) return a;
  const commutes = kernel === 'Add' || kernel === 'Multiply';
  if (commutes && uniformNumber(a) === neutral && sameShape(b.shape, shape)) return b;
  return undefined;
}

/** Tensors filled with one number become that number where the other operand has the shape of the result. */
function withScalars(current: Node, a: Value, b: Value): Value | undefined {
  const { shape } = current.outputs[0]!;
  const scalar = (x: Value, other: Value): Value => {
    const number =
      sizeOf(x.shape) > 1 && sameShape(other.shape, shape) ? uniformNumber(x) : undefined;
    return number === undefined ? x : constantValue([], 'float32', Float32Array.of(number));
  };
  const smallA = scalar(a, b);
  // Both may be filled: one of them has to keep the shape.
  const smallB = smallA === a ? scalar(b, a) : b;
  if (smallA === a && smallB === b) return undefined;
  return node(current.kernel, { a: smallA, b: smallB }, current.attributes, current.outputs)
    .outputs[0];
}

/** (x * 2) * 3 is x * 6: one pass over x instead of two. Sums are left alone: (x + 1) - 1 rounds x, on purpose. */
function gathered(current: Node, a: Value, b: Value): Value | undefined {
  if (current.kernel !== 'Multiply') return undefined;
  const outer = scalarAndRest(a, b);
  if (outer?.rest.source.kind !== 'node' || outer.rest.source.node.kernel !== 'Multiply')
    return undefined;
  const inner = scalarAndRest(...(outer.rest.source.node.inputs as readonly [Value, Value]));
  const { shape } = current.outputs[0]!;
  if (inner === undefined || !sameShape(inner.rest.shape, shape)) return undefined;
  const scalar = constantValue([], 'float32', Float32Array.of(inner.number * outer.number));
  return node('Multiply', { a: inner.rest, b: scalar }, current.attributes, current.outputs)
    .outputs[0];
}

function scalarAndRest(a: Value, b: Value): { number: number; rest: Value } | undefined {
  for (const [scalar, rest] of [
    [a, b],
    [b, a],
  ] as const)
    if (
      scalar.source.kind === 'constant' &&
      sizeOf(scalar.shape) === 1 &&
      scalar.shape.length <= rest.shape.length
    )
      return { number: scalar.source.values[0]!, rest };
  return undefined;
}
