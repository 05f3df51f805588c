import { type Node, node, type Program, type Value } from '../graph/program.js';
import { rewrite, usesOf } from '../graph/rewrite.js';
import { sameShape } from './aliases.js';

/** Products over so many rows are fast by themselves. */
const LONG = 512;

/** What is laid end to end at a time, so that it stays in the cache and is soon forgotten. */
const MOST_ROWS = 2048;

/**
 * Sums of products over rows are products over more rows: A' B + C' D is [A; C]' [B; D].
 *
 * So are sums of sums over rows. The gradient of a weight that is used many times, by the steps of a recurrent network or of a
 * solver, is such a sum: a few long products take the place of many short ones, each of which was added to the rest.
 */
export function withProductsJoined(program: Program): Program {
  const uses = usesOf(program);
  const isOwn = (value: Value) => uses.get(value) === 1;
  const sums = new Set(program.nodes.filter((sum) => isSum(sum)));
  // Those that are terms of others are left to them.
  for (const sum of [...sums])
    for (const term of sum.inputs)
      if (term.source.kind === 'node' && isOwn(term)) sums.delete(term.source.node);
  let at = 0;
  return rewrite(program, (fresh) => {
    const old = program.nodes[at++]!;
    return sums.has(old) ? joined(fresh, termsOf(old, fresh, isOwn)) : undefined;
  });
}

/** A sum of tensors of one shape. */
function isSum({ kernel, inputs, outputs }: Node): boolean {
  return kernel === 'Add' && inputs.every(({ shape }) => sameShape(shape, outputs[0]!.shape));
}

/** A term of a sum, and whether nothing else needs it. */
interface Term {
  readonly value: Value;
  readonly isOwn: boolean;
}

/** What is added, in order, by a sum and the sums that are its own terms; `old` says what is whose own. */
function termsOf(old: Node, fresh: Node, isOwn: (value: Value) => boolean): Term[] {
  return old.inputs.flatMap((input, i): Term[] => {
    const value = fresh.inputs[i]!;
    const own = isOwn(input);
    return own &&
      input.source.kind === 'node' &&
      value.source.kind === 'node' &&
      isSum(input.source.node)
      ? termsOf(input.source.node, value.source.node, isOwn)
      : [{ value, isOwn: own }];
  });
}

function joined(sum: Node, terms: readonly Term[]): readonly Value[] | undefined {
  const groups = new Map<string, Node[]>();
  const parts: Value[] = [];
  for (const { value, isOwn } of terms) {
    const kind = isOwn ? kindOf(value) : undefined;
    if (kind === undefined || value.source.kind !== 'node') parts.push(value);
    else groups.set(kind, [...(groups.get(kind) ?? []), value.source.node]);
  }
  if (![...groups.values()].some((alike) => alike.length > 1)) return undefined;
  for (const alike of groups.values()) parts.push(...inPieces(alike).map(asOne));
  const total = parts.reduce((a, b) => node('Add', { a, b }, {}, sum.outputs).outputs[0]!);
  return [total];
}

/** What terms that can be joined have in common; undefined for others. */
function kindOf({ source }: Value): string | undefined {
  if (source.kind !== 'node') return undefined;
  const { kernel, attributes, inputs } = source.node;
  const isOverRows =
    kernel === 'BatchMatMul'
      ? attributes.transposeA === true && attributes.transposeB !== true
      : kernel === 'Sum' && [attributes.axis].flat().join() === '0' && attributes.keepDims !== true;
  const areShort = inputs.every(
    ({ shape, dtype }) => shape.length === 2 && shape[0]! < LONG && dtype === 'float32',
  );
  return isOverRows && areShort ? kernel : undefined;
}

/** Consecutive terms of no more rows than are laid end to end. */
function inPieces(terms: readonly Node[]): Node[][] {
  const pieces: Node[][] = [];
  let left = 0;
  for (const term of terms) {
    const rows = term.inputs[0]!.shape[0]!;
    if (rows > left) {
      pieces.push([]);
      left = MOST_ROWS;
    }
    pieces.at(-1)!.push(term);
    left -= rows;
  }
  return pieces;
}

function asOne(terms: readonly Node[]): Value {
  const { kernel, names, attributes, outputs, inputs } = terms[0]!;
  if (terms.length === 1) return outputs[0]!;
  const longer = inputs.map((_, i) => endToEnd(terms.map(({ inputs }) => inputs[i]!)));
  const named = Object.fromEntries(names.map((name, i) => [name, longer[i]!]));
  return node(kernel, named, attributes, outputs).outputs[0]!;
}

function endToEnd(parts: readonly Value[]): Value {
  const { shape, dtype } = parts[0]!;
  const rows = parts.reduce((total, part) => total + part.shape[0]!, 0);
  const inputs = Object.fromEntries(parts.map((part, i) => [String(i), part]));
  const form = { shape: [rows, ...shape.slice(1)], dtype };
  return node('Concat', inputs, { axis: 0 }, [form]).outputs[0]!;
}
