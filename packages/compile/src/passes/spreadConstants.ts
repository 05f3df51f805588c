import { constantValue, node, type Program, sizeOf, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { sameShape } from './aliases.js';

const binary = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum'];

/** Longer rows are repeated at full speed by the runtime itself. */
const SHORT_ROW = 64;
/** Larger constants would cost more memory than the time is worth. */
const LARGEST = 1 << 18;

/**
 * Constants that are repeated for every row of a tall, narrow operand are laid out in full: a runtime spends on the
 * start of each short row as much as on the numbers in it.
 */
export function withConstantsSpread(program: Program): Program {
  const spread = new Map<string, Value>();
  const inFull = (row: Value, shape: readonly number[]): Value => {
    const key = `${row.id} ${shape.join()}`;
    const known = spread.get(key) ?? repeated(row, shape);
    spread.set(key, known);
    return known;
  };
  return rewrite(program, ({ kernel, inputs, attributes, outputs }) => {
    if (!binary.includes(kernel)) return undefined;
    const { shape, dtype } = outputs[0]!;
    const columns = shape.at(-1) ?? 1;
    const isTall = columns < SHORT_ROW && sizeOf(shape) >= SHORT_ROW * columns && shape.length > 1;
    if (!isTall || sizeOf(shape) > LARGEST || dtype !== 'float32') return undefined;
    const [a, b] = inputs.map((x) => (isRow(x, columns) ? inFull(x, shape) : x)) as [Value, Value];
    if (a === inputs[0] && b === inputs[1]) return undefined;
    if (!sameShape(a.shape, b.shape)) return undefined;
    return node(kernel, { a, b }, attributes, outputs).outputs;
  });
}

function isRow({ shape, source }: Value, columns: number): boolean {
  return source.kind === 'constant' && (shape.at(-1) ?? 1) === columns && sizeOf(shape) === columns;
}

function repeated({ dtype, source }: Value, shape: readonly number[]): Value {
  const row = source.kind === 'constant' ? source.values : new Float32Array();
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => row[i % row.length]!);
  return constantValue(shape, dtype, values);
}
