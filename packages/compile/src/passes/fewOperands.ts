import { node, type Program, sizeOf, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';

/** A shader has 8 buffers on every device; one is for what the others are laid into, or cut from. */
const MOST = 7;

/** Concatenations and splits of many pieces in several steps, as the shaders of a GPU need it. */
export function withFewOperands(program: Program): Program {
  return rewrite(program, ({ kernel, inputs, attributes, outputs }) => {
    if (kernel === 'Concat' && inputs.length > MOST)
      return [joined(inputs, attributes.axis as number)];
    if (kernel === 'SplitV' && outputs.length > MOST)
      return cut(
        inputs[0]!,
        outputs.map(({ shape }) => shape),
        attributes.axis as number,
      );
    return undefined;
  });
}

function joined(pieces: readonly Value[], axis: number): Value {
  if (pieces.length === 1) return pieces[0]!;
  return joined(
    chunks(pieces.filter(({ shape }) => sizeOf(shape) > 0)).map((chunk) => {
      const [first] = chunk as [Value];
      const shape = along(first.shape, axis, total(chunk.map(({ shape }) => shape.at(axis)!)));
      const inputs = Object.fromEntries(chunk.map((piece, i) => [String(i), piece]));
      return node('Concat', inputs, { axis }, [{ shape, dtype: first.dtype }]).outputs[0]!;
    }),
    axis,
  );
}

function cut(x: Value, shapes: readonly (readonly number[])[], axis: number): readonly Value[] {
  if (shapes.length === 1) return [x];
  // As many groups as there may be, of equal numbers of pieces.
  const groups = chunks(shapes, Math.max(1, Math.ceil(shapes.length / MOST)));
  const sizes = groups.map((group) => total(group.map((shape) => shape.at(axis)!)));
  const parts = node(
    'SplitV',
    { x },
    { numOrSizeSplits: sizes, axis },
    sizes.map((size) => ({ shape: along(x.shape, axis, size), dtype: x.dtype })),
  ).outputs;
  return groups.flatMap((group, i) => cut(parts[i]!, group, axis));
}

function chunks<T>(items: readonly T[], size = MOST): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

function along(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((length, i) => (i === (axis + shape.length) % shape.length ? size : length));
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}
