import { type Node, node, type Program, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { reshaped, sameShape } from './aliases.js';

/** Kernels that compute number by number, whatever the shape. */
export const elementwise = new Set([
  'Abs',
  'Add',
  'Ceil',
  'Cos',
  'Elu',
  'Exp',
  'Floor',
  'LeakyRelu',
  'Log',
  'Maximum',
  'Minimum',
  'Multiply',
  'Neg',
  'RealDiv',
  'Relu',
  'Round',
  'Sigmoid',
  'Sin',
  'Softplus',
  'Sqrt',
  'Square',
  'Step',
  'Sub',
  'Tanh',
]);

/** Numbers are computed before they are reshaped, so that reshapes meet and cancel, and activations follow their products. */
export function withReshapesBehind(program: Program): Program {
  return rewrite(program, (computed) => {
    if (computed.kernel === 'Reshape') return [reshaped(computed.inputs[0]!, shapeOf(computed))];
    if (!elementwise.has(computed.kernel)) return undefined;
    const before = computed.inputs.map(beforeReshape);
    const [first] = before;
    const areAlike = before.every((value) => value && sameShape(value.shape, first!.shape));
    const keepShape = computed.inputs.every(({ shape }) => sameShape(shape, shapeOf(computed)));
    if (!areAlike || !keepShape) return undefined;
    const inputs = Object.fromEntries(computed.names.map((name, i) => [name, before[i]!]));
    const [{ dtype }] = computed.outputs as readonly [Value];
    const [plain] = node(computed.kernel, inputs, computed.attributes, [
      { shape: first!.shape, dtype },
    ]).outputs;
    return [reshaped(plain!, shapeOf(computed))];
  });
}

function shapeOf({ outputs }: Node): readonly number[] {
  return outputs[0]!.shape;
}

function beforeReshape({ source }: Value): Value | undefined {
  return source.kind === 'node' && source.node.kernel === 'Reshape'
    ? source.node.inputs[0]
    : undefined;
}
