import { type Node, type State, sizeOf, type Value } from '../../graph/program.js';
import { sameShape } from '../aliases.js';

/** The same computation for every member of a group: each leaf lists one value for each of them. */
export type Formula =
  | { readonly kind: 'apply'; readonly nodes: readonly Node[]; readonly inputs: readonly Formula[] }
  | { readonly kind: 'scalar'; readonly value: Value }
  | { readonly kind: 'state'; readonly states: readonly State[] }
  | { readonly kind: 'values'; readonly values: readonly Value[] };

export function shapeOf(state: State): readonly number[] {
  return (state.read ?? state.written)!.shape;
}

const elementwise = new Set([
  'Abs',
  'Add',
  'Exp',
  'Log',
  'Maximum',
  'Minimum',
  'Multiply',
  'Neg',
  'Pow',
  'RealDiv',
  'Reciprocal',
  'Rsqrt',
  'Sign',
  'Sqrt',
  'Square',
  'Sub',
  'Tanh',
]);

/** The variables that a formula reads. */
export function statesIn(formula: Formula): (readonly State[])[] {
  if (formula.kind === 'state') return [formula.states];
  return formula.kind === 'apply' ? formula.inputs.flatMap(statesIn) : [];
}

/**
 * The formula that all members share; where they differ in a way that no leaf can hold, the members by that
 * difference, to be tried apart.
 */
export function unify(
  members: readonly State[],
  values: readonly Value[],
  stateOf: ReadonlyMap<Value, State>,
  isWhole = false,
): Formula | Map<string, State[]> {
  const kinds = values.map((value, i) => kindOf(value, shapeOf(members[i]!), stateOf));
  const [first] = kinds;
  if (!kinds.every((kind) => kind === first)) {
    // Gradients are computed in many ways and enter as they are; whole formulas must agree.
    const isLeaf = (kind: string) => !isWhole && (kind === 'value' || kind.startsWith('apply'));
    if (kinds.every(isLeaf)) return { kind: 'values', values };
    const apart = new Map<string, State[]>();
    for (const [i, kind] of kinds.entries()) {
      const group = isLeaf(kind) ? 'leaf' : kind;
      apart.set(group, [...(apart.get(group) ?? []), members[i]!]);
    }
    return apart;
  }
  if (first === 'value') return { kind: 'values', values };
  if (first === 'state')
    return { kind: 'state', states: values.map((value) => stateOf.get(value)!) };
  if (!first!.startsWith('apply')) return { kind: 'scalar', value: values[0]! };
  const nodes = values.map((value) => (value.source as { node: Node }).node);
  const inputs: Formula[] = [];
  for (const at of nodes[0]!.inputs.keys()) {
    const found = unify(
      members,
      nodes.map((node) => node.inputs[at]!),
      stateOf,
    );
    if (found instanceof Map) return found;
    inputs.push(found);
  }
  return { kind: 'apply', nodes, inputs };
}

function kindOf(
  value: Value,
  shape: readonly number[],
  stateOf: ReadonlyMap<Value, State>,
): string {
  if (value.dtype !== 'float32') return 'value';
  if (stateOf.has(value) && sameShape(value.shape, shape)) return 'state';
  const { source } = value;
  if (sizeOf(value.shape) === 1 && sizeOf(shape) !== 1)
    return source.kind === 'constant' ? `scalar ${source.values[0]}` : `scalar #${value.id}`;
  if (source.kind === 'constant' && sizeOf(value.shape) === 1) return `scalar ${source.values[0]}`;
  if (
    source.kind === 'node' &&
    elementwise.has(source.node.kernel) &&
    sameShape(value.shape, shape)
  )
    return `apply ${source.node.kernel} ${JSON.stringify(source.node.attributes)}`;
  return 'value';
}
