import { constantValue, node, type Program, sizeOf, type Value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { carriedBy, isLoop, isScan, isStacked, type Loop, turnsOf } from '../graph/turns.js';
import { reshaped } from './aliases.js';

/**
 * The program with loops written out turn by turn.
 *
 * What the turns give is added as one vector: a runtime that orders a program by what each result needs then finishes
 * one turn before it begins another, and keeps no more than one turn's intermediate results.
 *
 * @param isWanted which of them; all where nothing is said
 */
export function withLoopsUnrolled(
  program: Program,
  isWanted: (loop: Loop) => boolean = () => true,
): Program {
  return rewrite(program, (loop) =>
    isLoop(loop) && isWanted(loop)
      ? (isScan(loop) ? stacked : summed)(loop, withLoopsUnrolled(loop.body, isWanted))
      : undefined,
  );
}

function summed(loop: Loop, body: Program): Value[] {
  let sum: Value | undefined;
  for (let k = 0; k < turnsOf(loop); k++) {
    const part = joined(turn(loop, body, k, []));
    sum = sum === undefined ? part : node('Add', { a: sum, b: part }, {}, [part]).outputs[0]!;
  }
  return apart(sum!, body.results);
}

function stacked(loop: Loop, body: Program): Value[] {
  const count = carriedBy(loop);
  let carried = loop.inputs.slice(0, count);
  const made: Value[][] = [];
  for (let k = 0; k < turnsOf(loop); k++) {
    const results = turn(loop, body, k, carried);
    carried = results.slice(0, count);
    made.push(results.slice(count));
  }
  const stacks = body.results.slice(count).map(({ shape, dtype }, i) => {
    const rows = made.map((results) => reshaped(results[i]!, [1, ...shape]));
    const inputs = Object.fromEntries(rows.map((row, k) => [String(k), row]));
    const form = { shape: [rows.length, ...shape], dtype };
    return node('Concat', inputs, { axis: 0 }, [form]).outputs[0]!;
  });
  return [...carried, ...stacks];
}

/** The results of turn k. */
function turn(loop: Loop, body: Program, k: number, carried: readonly Value[]): readonly Value[] {
  const given = body.arguments.map((argument, i): [Value, Value] => {
    const input = carried[i] ?? loop.inputs[i]!;
    return [argument, isStacked(loop, i) ? slice(input, k) : input];
  });
  return rewrite(body, () => undefined, new Map(given)).results;
}

function slice(stack: Value, k: number): Value {
  const { dtype, source } = stack;
  const shape = stack.shape.slice(1);
  const size = sizeOf(shape);
  if (source.kind === 'constant')
    return constantValue(shape, dtype, source.values.slice(k * size, (k + 1) * size));
  const one = [1, ...shape];
  const attributes = { begin: [k, ...shape.map(() => 0)], size: one };
  const [part] = node('Slice', { x: stack }, attributes, [{ shape: one, dtype }]).outputs;
  return reshaped(part!, shape);
}

function joined(parts: readonly Value[]): Value {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const flat = parts.map((part) => reshaped(part, [sizeOf(part.shape)]));
  const shape = [flat.reduce((total, part) => total + part.shape[0]!, 0)];
  const inputs = Object.fromEntries(flat.map((part, i) => [String(i), part]));
  return node('Concat', inputs, { axis: 0 }, [{ shape, dtype: first!.dtype }]).outputs[0]!;
}

function apart(whole: Value, like: readonly Value[]): Value[] {
  if (like.length === 1) return [whole];
  const sizes = like.map(({ shape }) => sizeOf(shape));
  const forms = sizes.map((size) => ({ shape: [size], dtype: whole.dtype }));
  const { outputs } = node('SplitV', { x: whole }, { numOrSizeSplits: sizes, axis: 0 }, forms);
  return outputs.map((part, i) => reshaped(part, like[i]!.shape));
}
