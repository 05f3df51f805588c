import { type Node, node, type Program, sizeOf, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { reshaped } from './aliases.js';
import { elementwise } from './reshapes.js';

/**
 * What is the same in all rows, such as the features of a time that they share, is computed for one of them and spread.
 *
 * A product of rows that are alike in some columns is that of the other columns, and one row that is added to it.
 */
export function withLikeRowsOnce(program: Program): Program {
  /** Products whose like columns have become a row: the others', and that row. */
  const split = new Map<Value, readonly [product: Value, row: Value]>();
  return rewrite(program, (computed) => {
    if (computed.kernel === 'Reshape') return reshapedOnce(computed);
    if (computed.kernel === 'Concat') return joinedOnce(computed);
    if (computed.kernel === 'BatchMatMul') {
      const parts = productParts(computed);
      if (parts === undefined) return undefined;
      const whole = sum(...parts);
      split.set(whole, parts);
      return [whole];
    }
    if (computed.kernel === 'Add') {
      const joined = rowsJoined(computed, split);
      if (joined !== undefined) return joined;
    }
    return elementwise.has(computed.kernel) ? computedOnce(computed) : undefined;
  });
}

/** The row `[1, ...]` that all rows of a value are copies of. */
function rowOf({ source, shape }: Value): Value | undefined {
  if (source.kind !== 'node' || source.node.kernel !== 'Tile') return undefined;
  const [row] = source.node.inputs as readonly [Value];
  const [rows = 0, ...others] = shape;
  const isOneRow = row.shape.length === shape.length && row.shape[0] === 1 && rows > 1;
  return isOneRow && others.every((size, i) => size === row.shape[i + 1]) ? row : undefined;
}

function spread(row: Value, rows: number): Value {
  const [, ...others] = row.shape;
  const reps = [rows, ...others.map(() => 1)];
  const form = { shape: [rows, ...others], dtype: row.dtype };
  return node('Tile', { x: row }, { reps }, [form]).outputs[0]!;
}

function computedOnce({ kernel, names, inputs, attributes, outputs }: Node): Value[] | undefined {
  const [{ shape, dtype }] = outputs as readonly [Value];
  if (!inputs.some((input) => input.shape.length === shape.length && rowOf(input)))
    return undefined;
  const rows = inputs.map((input) => {
    const isInEveryRow = input.shape.length < shape.length || input.shape[0] === 1;
    return isInEveryRow ? input : rowOf(input);
  });
  if (rows.includes(undefined)) return undefined;
  const named = Object.fromEntries(names.map((name, i) => [name, rows[i]!]));
  const form = { shape: [1, ...shape.slice(1)], dtype };
  return [spread(node(kernel, named, attributes, [form]).outputs[0]!, shape[0]!)];
}

function reshapedOnce({ inputs, outputs }: Node): Value[] | undefined {
  const row = rowOf(inputs[0]!);
  const [rows, ...others] = outputs[0]!.shape;
  if (row === undefined || rows !== inputs[0]!.shape[0]) return undefined;
  return [spread(reshaped(row, [1, ...others]), rows!)];
}

/** Neighbours that are alike in all rows are joined before they are spread. */
function joinedOnce({ inputs, attributes, outputs }: Node): Value[] | undefined {
  const axis = attributes.axis as number;
  if (axis === 0) return undefined;
  const parts: Value[] = [];
  for (const input of inputs) {
    const [last, row] = [parts.at(-1), rowOf(input)];
    const before = last && rowOf(last);
    if (before === undefined || row === undefined) parts.push(input);
    else parts.splice(-1, 1, spread(joined([before, row], axis), input.shape[0]!));
  }
  if (parts.length === inputs.length) return undefined;
  return parts.length === 1
    ? parts
    : (node('Concat', byPlace(parts), attributes, outputs).outputs as Value[]);
}

/** X W for X of which some columns are alike in all rows: the product of the others, and a row. */
function productParts({ inputs, attributes, outputs }: Node): [Value, Value] | undefined {
  const [x, weight] = inputs as readonly [Value, Value];
  const isPlain = attributes.transposeA !== true && attributes.transposeB !== true;
  if (!isPlain || x.shape.length !== 2 || weight.shape.length !== 2) return undefined;
  if (x.source.kind !== 'node' || x.source.node.kernel !== 'Concat') return undefined;
  const { inputs: parts, attributes: how } = x.source.node;
  const isLike = parts.map((part) => rowOf(part) !== undefined);
  if (how.axis === 0 || !isLike.includes(true) || !isLike.includes(false)) return undefined;
  let first = 0;
  const weights = parts.map(({ shape }) => {
    const [, size] = shape as [number, number];
    const rows = [size, weight.shape[1]!];
    const attributes = { begin: [first, 0], size: rows };
    first += size;
    return node('Slice', { x: weight }, attributes, [{ shape: rows, dtype: weight.dtype }])
      .outputs[0]!;
  });
  const product = (ofRows: boolean) => {
    const among = <T>(of: readonly T[]) => of.filter((_, i) => isLike[i] === ofRows);
    const a = joined(
      among(parts).map((part) => rowOf(part) ?? part),
      1,
    );
    const b = joined(among(weights), 0);
    const form = { shape: [a.shape[0]!, b.shape[1]!], dtype: outputs[0]!.dtype };
    return node('BatchMatMul', { a, b }, attributes, [form]).outputs[0]!;
  };
  return [product(false), product(true)];
}

/** A row that is added to a product with a row joins that row, so that the product keeps one bias. */
function rowsJoined(
  { inputs }: Node,
  split: ReadonlyMap<Value, readonly [product: Value, row: Value]>,
): Value[] | undefined {
  const at = inputs.findIndex((input) => split.has(input));
  if (at < 0) return undefined;
  const [product, row] = split.get(inputs[at]!)!;
  const other = inputs[1 - at]!;
  const isRow = sizeOf(other.shape) === other.shape.at(-1) && other.shape.at(-1) === row.shape[1];
  return isRow ? [sum(product, sum(row, other))] : undefined;
}

/** a + b, of the shape of a. */
function sum(a: Value, b: Value): Value {
  return node('Add', { a, b }, {}, [a]).outputs[0]!;
}

function joined(parts: readonly Value[], axis: number): Value {
  const [first] = parts as readonly [Value, ...Value[]];
  if (parts.length === 1) return first;
  const length = parts.reduce((total, { shape }) => total + shape[axis]!, 0);
  const shape = first.shape.map((size, i) => (i === axis ? length : size));
  return node('Concat', byPlace(parts), { axis }, [{ shape, dtype: first.dtype }]).outputs[0]!;
}

function byPlace(values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, i) => [String(i), value]));
}
