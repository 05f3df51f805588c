/**
 * Couplings take columns out of a matrix and put others back, which TensorFlow.js does by gathering, by appending
 * zeros and by adding. Followed column by column, most of it cancels: what was put in is what is taken out.
 */
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

/** One entry of the last axis, for all rows: that of another value, or zero. */
type Column = { readonly of: Value; readonly index: number } | 'zero';

/** Moves of columns become as few as there are, and sums with zero columns are spared. */
export function withColumnsTraced(program: Program): Program {
  const known = new Map<Value, readonly Column[]>();
  const columnsOf = (value: Value): readonly Column[] =>
    known.get(value) ??
    Array.from({ length: value.shape.at(-1)! }, (_, index) =>
      uniformNumber(value) === 0 ? 'zero' : { of: value, index },
    );
  return rewrite(program, (moved) => {
    const isMatrix = [...moved.inputs.slice(0, 1), ...moved.outputs].every(
      ({ shape }) => shape.length > 1 && shape.at(-1)! <= WIDEST,
    );
    const outputs = isMatrix ? moves[moved.kernel]?.(moved, columnsOf) : undefined;
    if (outputs === undefined) return undefined;
    return outputs.map((columns, i) => {
      const made = assembled(columns, moved.outputs[i]!);
      if (!known.has(made)) known.set(made, columns);
      return made;
    });
  });
}

/** The columns of each output of a node that moves columns; undefined where it does something else. */
type Move = (
  moved: Node,
  columnsOf: (value: Value) => readonly Column[],
) => readonly (readonly Column[])[] | undefined;

/** Wider matrices are not followed: it would cost more than it can spare. */
const WIDEST = 4096;

const moves: Readonly<Record<string, Move>> = {
  GatherV2: ({ inputs, attributes }, columnsOf) => {
    const [x, indices] = inputs as readonly [Value, Value];
    const { source, shape } = indices;
    const isLast = attributes.axis === x.shape.length - 1 && shape.length === 1;
    if (!isLast || source.kind !== 'constant' || attributes.batchDims !== 0) return undefined;
    const columns = columnsOf(x);
    return [Array.from(source.values, (index) => columns[index]!)];
  },
  Concat: ({ inputs, outputs, attributes }, columnsOf) => {
    const rank = outputs[0]!.shape.length;
    const axis = attributes.axis as number;
    return axis === rank - 1 || axis === -1 ? [inputs.flatMap(columnsOf)] : undefined;
  },
  Slice: ({ inputs, outputs, attributes }, columnsOf) => {
    const [x] = inputs as readonly [Value];
    const { shape } = outputs[0]!;
    if (!sameShape(shape.slice(0, -1), x.shape.slice(0, -1))) return undefined;
    const from = [attributes.begin as number | readonly number[]].flat()[shape.length - 1] ?? 0;
    return [columnsOf(x).slice(from, from + shape.at(-1)!)];
  },
  SplitV: ({ inputs, outputs, attributes }, columnsOf) => {
    const [x] = inputs as readonly [Value];
    const axis = attributes.axis as number;
    if (axis !== x.shape.length - 1 && axis !== -1) return undefined;
    const columns = columnsOf(x);
    const widths = outputs.map(({ shape }) => shape.at(-1)!);
    return widths.map((width, i) => {
      const from = widths.slice(0, i).reduce((total, before) => total + before, 0);
      return columns.slice(from, from + width);
    });
  },
  Add: ({ inputs, outputs }, columnsOf) => {
    const [a, b] = inputs as readonly [Value, Value];
    if (!sameShape(a.shape, b.shape)) return undefined;
    const [left, right] = [columnsOf(a), columnsOf(b)];
    const both = left.flatMap((column, i) => (column !== 'zero' && right[i] !== 'zero' ? [i] : []));
    if (both.length === left.length) return undefined;
    const sum = sumOf(left, right, both, outputs[0]!);
    return [
      left.map((column, i) => {
        if (column === 'zero') return right[i]!;
        return right[i] === 'zero' ? column : { of: sum!, index: both.indexOf(i) };
      }),
    ];
  },
};

/** The sum of the columns that are in both operands. */
function sumOf(
  left: readonly Column[],
  right: readonly Column[],
  both: readonly number[],
  whole: Value,
): Value | undefined {
  if (both.length === 0) return undefined;
  const like = { dtype: whole.dtype, shape: [...whole.shape.slice(0, -1), both.length] };
  const part = (columns: readonly Column[]) =>
    assembled(
      both.map((i) => columns[i]!),
      like,
    );
  return node('Add', { a: part(left), b: part(right) }, {}, [like]).outputs[0]!;
}

/** Columns next to each other in one value. */
interface Run {
  readonly of: Value | 'zero';
  readonly indices: number[];
}

/** Beyond so many pieces, one gather from whole values is cheaper than slices. */
const MOST_PIECES = 4;

/** A value with the given columns. */
function assembled(columns: readonly Column[], like: Pick<Value, 'shape' | 'dtype'>): Value {
  const runs = runsOf(columns);
  const sources = [...new Set(runs.map(({ of }) => of))];
  const wholes = sources.map((of) => (of === 'zero' ? zeros(like, 1) : of));
  const width = (values: readonly Value[]) =>
    values.reduce((total, { shape }) => total + shape.at(-1)!, 0);
  const isScattered = runs.length > MOST_PIECES && width(wholes) <= 2 * columns.length;
  if (!isScattered) return concatenated(runs.map((run) => taken(run, like)));
  const startOf = new Map(sources.map((of, i) => [of, width(wholes.slice(0, i))]));
  const places = columns.map((column) =>
    column === 'zero' ? startOf.get('zero')! : startOf.get(column.of)! + column.index,
  );
  return taken({ of: concatenated(wholes), indices: places }, like);
}

function runsOf(columns: readonly Column[]): Run[] {
  const runs: Run[] = [];
  for (const column of columns) {
    const of = column === 'zero' ? 'zero' : column.of;
    const index = column === 'zero' ? 0 : column.index;
    const last = runs.at(-1);
    const follows = last?.of === of && (of === 'zero' || follow(last.indices, index));
    if (follows) last.indices.push(index);
    else runs.push({ of, indices: [index] });
  }
  return runs;
}

/** Does an index go on with the steps of those before it? Any second index may begin. */
function follow(indices: readonly number[], next: number): boolean {
  const [first, second] = indices;
  return second === undefined || next - indices.at(-1)! === second - first!;
}

/** Some columns of one value. */
function taken({ of, indices }: Run, like: Pick<Value, 'shape' | 'dtype'>): Value {
  if (of === 'zero') return zeros(like, indices.length);
  const shape = [...like.shape.slice(0, -1), indices.length];
  const isWhole = indices.length === of.shape.at(-1) && indices.every((index, i) => index === i);
  if (isWhole) return of;
  const places = constantValue([indices.length], 'int32', Int32Array.from(indices));
  return node('GatherV2', { x: of, indices: places }, { axis: shape.length - 1, batchDims: 0 }, [
    { shape, dtype: of.dtype },
  ]).outputs[0]!;
}

function zeros({ shape: like, dtype }: Pick<Value, 'shape' | 'dtype'>, columns: number): Value {
  const shape = [...like.slice(0, -1), columns];
  const numbers = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype];
  return constantValue(shape, dtype, new numbers(sizeOf(shape)));
}

function concatenated(values: readonly Value[]): Value {
  const [first] = values;
  if (values.length === 1) return first!;
  const columns = values.reduce((total, { shape }) => total + shape.at(-1)!, 0);
  const shape = [...first!.shape.slice(0, -1), columns];
  return node(
    'Concat',
    Object.fromEntries(values.map((value, i) => [String(i), value])),
    { axis: shape.length - 1 },
    [{ shape, dtype: first!.dtype }],
  ).outputs[0]!;
}
