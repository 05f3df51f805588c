import { type Node, outputsOf, type Program, sizeOf, type Value } from './program.js';

/** Floating point operations of one element, for kernels that cost more than one. */
const transcendental = new Set([
  'Exp',
  'Expm1',
  'Log',
  'Log1p',
  'Tanh',
  'Sigmoid',
  'Softplus',
  'Erf',
  'Sin',
  'Cos',
  'Pow',
  'Elu',
]);
const moves = new Set([
  'Reshape',
  'Transpose',
  'Slice',
  'Concat',
  'SplitV',
  'Tile',
  'GatherV2',
  'Pack',
  'Unpack',
  'PadV2',
  'Fill',
]);

/** Floating point operations of a node, a transcendental function counted as ten. */
function flopsOf(node: Node): number {
  const { kernel, inputs, outputs, attributes } = node;
  const size = outputs.reduce((total, output) => total + sizeOf(output.shape), 0);
  if (kernel === 'BatchMatMul' || kernel === '_FusedMatMul') {
    const inner = inputs[0]!.shape.at(attributes.transposeA === true ? -2 : -1)!;
    return 2 * size * inner;
  }
  if (kernel.includes('Conv2')) return 2 * placesOf(node) * windowOf(node);
  if (moves.has(kernel)) return 0;
  if (transcendental.has(kernel)) return 10 * size;
  return Math.max(size, ...inputs.map((input) => sizeOf(input.shape)));
}

/** How many numbers a convolution gives; its gradients are given as many. */
function placesOf({ names, inputs, outputs }: Node): number {
  return sizeOf((inputs[names.indexOf('dy')] ?? outputs[0]!).shape);
}

/** How many weights each of them takes. */
function windowOf({ kernel, names, inputs, outputs }: Node): number {
  const [rows, columns, channels] = (inputs[names.indexOf('filter')] ?? outputs[0]!).shape;
  return rows! * columns! * (kernel.includes('Depthwise') ? 1 : channels!);
}

function bytesOf(value: Value): number {
  return sizeOf(value.shape) * (value.dtype === 'bool' ? 1 : 4);
}

/**
 * A program as text: one line a node, then what it costs.
 *
 * `%7 = BatchMatMul(%3, %5) {transposeB: true} : float32[256, 64]`
 */
export function explain(program: Program): string {
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const { source } = value;
    const name =
      source.kind === 'constant' && source.values.length === 1
        ? String(source.values[0])
        : `${source.kind === 'node' ? '%' : source.kind}${names.size}`;
    names.set(value, name);
    return name;
  };
  const typeOf = ({ dtype, shape }: Value) => `${dtype}[${shape.join(', ')}]`;
  const lines = [
    ...program.arguments.map((value) => `${nameOf(value)} : ${typeOf(value)}`),
    ...program.draws.map(({ value, text }) => `${nameOf(value)} = ${text} : ${typeOf(value)}`),
    ...program.states.flatMap(({ read, variables }) =>
      read === undefined
        ? []
        : [`${nameOf(read)} = ${variables.length} variable(s) : ${typeOf(read)}`],
    ),
    ...program.nodes.map((node) => {
      const outputs = node.outputs.map((output) => nameOf(output)).join(', ');
      const attributes = Object.entries(node.attributes)
        .filter(([, value]) => value !== undefined && value !== false && value !== null)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
      const text = attributes.length === 0 ? '' : ` {${attributes.join(', ')}}`;
      const types = node.outputs.map(typeOf).join(', ');
      return `${outputs} = ${node.kernel}(${node.inputs.map(nameOf).join(', ')})${text} : ${types}`;
    }),
    `return ${outputsOf(program).map(nameOf).join(', ')}`,
  ];
  const flops = program.nodes.reduce((total, node) => total + flopsOf(node), 0);
  const bytes = program.nodes.reduce(
    (total, node) =>
      total + [...node.inputs, ...node.outputs].reduce((sum, value) => sum + bytesOf(value), 0),
    0,
  );
  return `${lines.join('\n')}\n${program.nodes.length} nodes, ${flops} flops, ${bytes} bytes moved`;
}
