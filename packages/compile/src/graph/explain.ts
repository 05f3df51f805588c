import { type Node, outputsOf, type Program, sizeOf, type Value } from './program.js';
import { carriedBy, isLoop, isScan, isStacked, turnsOf } from './turns.js';

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

/** What all nodes of a program cost together, loops by their turns. */
function costOf(program: Program): Record<'nodes' | 'flops' | 'bytes', number> {
  const total = { nodes: 0, flops: 0, bytes: 0 };
  for (const node of program.nodes) {
    const once = isLoop(node)
      ? costOf(node.body)
      : {
          nodes: 0,
          flops: flopsOf(node),
          bytes: [...node.inputs, ...node.outputs].reduce((sum, value) => sum + bytesOf(value), 0),
        };
    const turns = isLoop(node) ? turnsOf(node) : 1;
    total.nodes += 1 + once.nodes;
    total.flops += turns * once.flops;
    total.bytes += turns * once.bytes;
  }
  return total;
}

/**
 * A program as text: one line a node, then what it costs.
 *
 * `%7 = BatchMatMul(%3, %5) {transposeB: true} : float32[256, 64]`
 *
 * What a loop does in each turn stands below it, indented; `%3[turn]` is the turn's slice of %3.
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
  const lines = [
    ...program.arguments.map((value) => `${nameOf(value)} : ${typeOf(value)}`),
    ...program.draws.map(({ value, text }) => `${nameOf(value)} = ${text} : ${typeOf(value)}`),
    ...program.states.flatMap(({ read, variables }) =>
      read === undefined
        ? []
        : [`${nameOf(read)} = ${variables.length} variable(s) : ${typeOf(read)}`],
    ),
    ...program.nodes.flatMap((node) => linesOf(node, names, nameOf)),
    `return ${outputsOf(program).map(nameOf).join(', ')}`,
  ];
  const { nodes, flops, bytes } = costOf(program);
  return `${lines.join('\n')}\n${nodes} nodes, ${flops} flops, ${bytes} bytes moved`;
}

function typeOf({ dtype, shape }: Value): string {
  return `${dtype}[${shape.join(', ')}]`;
}

function linesOf(
  node: Node,
  names: Map<Value, string>,
  nameOf: (value: Value) => string,
): string[] {
  const inputs = node.inputs.map(
    (input, i) => `${nameOf(input)}${isLoop(node) && isStacked(node, i) ? '[turn]' : ''}`,
  );
  const outputs = node.outputs.map((output) => nameOf(output)).join(', ');
  const attributes = Object.entries(node.attributes)
    .filter(([, value]) => value !== undefined && value !== false && value !== null)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const text = attributes.length === 0 ? '' : ` {${attributes.join(', ')}}`;
  const types = node.outputs.map(typeOf).join(', ');
  const line = `${outputs} = ${node.kernel}(${inputs.join(', ')})${text} : ${types}`;
  if (!isLoop(node)) return [line];
  const carried = carriedBy(node);
  for (const [i, argument] of node.body.arguments.entries())
    names.set(argument, i < carried ? `carried${i}` : inputs[i]!);
  const lines = node.body.nodes.flatMap((inner) => linesOf(inner, names, nameOf));
  const results = node.body.results.map(nameOf);
  const made = results.slice(carried).join(', ');
  const within = [
    ...lines,
    ...(carried > 0 ? [`carry ${results.slice(0, carried).join(', ')}`] : []),
    ...(made === '' ? [] : [`${isScan(node) ? 'stack' : 'add'} ${made}`]),
  ];
  return [line, ...within.map((inner) => `  ${inner}`)];
}
