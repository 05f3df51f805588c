/**
 * Optimisers do the same arithmetic for every variable, in a dozen small operations each. Laid end to end, the
 * variables of one role need that dozen once, and the runtime is handed a few long vectors instead of hundreds of
 * small tensors.
 */
import {
  type Node,
  node,
  type Program,
  type State,
  sizeOf,
  type Value,
  value,
} from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { reshaped, sameShape } from './aliases.js';

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

/** Lays variables that are updated by the same elementwise formula, and those that are only read, end to end. */
export function withPackedState(program: Program): Program {
  const groups = groupsOf(program);
  const packedRead = new Map<State, Value>();
  const packed = new Map<readonly State[], State>();
  const pieces = new Map<Value, Value>();
  for (const group of groups) {
    const size = group.members.reduce((total, state) => total + sizeOf(shapeOf(state)), 0);
    const read = value([size], 'float32', { kind: 'variable' });
    packed.set(group.members, {
      variables: group.members.flatMap((state) => state.variables),
      read,
    });
    for (const state of group.members) packedRead.set(state, read);
    for (const [state, piece] of split(read, group.members))
      if (state.read) pieces.set(state.read, piece);
  }
  const builder = new Builder(packedRead, pieces);
  for (const group of groups)
    if (group.formula !== undefined)
      packed.get(group.members)!.written = builder.build(group.formula);
  const isPacked = new Set(groups.flatMap(({ members }) => members));
  return scheduled({
    ...program,
    results: program.results.map((result) => builder.replaced(result)),
    states: [
      ...packed.values(),
      ...program.states
        .filter((state) => !isPacked.has(state))
        .map((state) =>
          state.written === undefined
            ? state
            : { ...state, written: builder.replaced(state.written) },
        ),
    ],
  });
}

/** The same computation for every member of a group: each leaf lists one value for each of them. */
type Formula =
  | { readonly kind: 'apply'; readonly nodes: readonly Node[]; readonly inputs: readonly Formula[] }
  | { readonly kind: 'scalar'; readonly value: Value }
  | { readonly kind: 'state'; readonly states: readonly State[] }
  | { readonly kind: 'values'; readonly values: readonly Value[] };

interface Group {
  readonly members: readonly State[];
  /** Undefined where the members are only read. */
  readonly formula: Formula | undefined;
}

function shapeOf(state: State): readonly number[] {
  return (state.read ?? state.written)!.shape;
}

/** Variables of so many numbers stay by themselves: taking them out and putting them in costs more than it spares. */
const LARGE = 1 << 16;

function groupsOf(program: Program): Group[] {
  const stateOf = new Map(
    program.states.flatMap((state) => (state.read ? [[state.read, state]] : [])),
  );
  const floats = program.states.filter(
    (state) => (state.read ?? state.written)!.dtype === 'float32' && sizeOf(shapeOf(state)) < LARGE,
  );
  const onlyRead = floats.filter((state) => state.written === undefined);
  const updated = floats.filter((state) => state.written !== undefined && state.read !== undefined);
  const groups: Group[] = [];
  const waiting = [updated];
  for (let members = waiting.pop(); members !== undefined; members = waiting.pop()) {
    if (members.length < 2) continue;
    const written = members.map((state) => state.written!);
    const found = unify(members, written, stateOf, true);
    if (found instanceof Map) waiting.push(...found.values());
    else groups.push({ members, formula: found });
  }
  if (onlyRead.length > 1) groups.push({ members: onlyRead, formula: undefined });
  return consistent(groups);
}

/**
 * A formula that reads other variables needs them laid out in its own order: the groups that can be brought into
 * agreement, those that read most first.
 */
function consistent(groups: readonly Group[]): Group[] {
  const order = (states: readonly State[]) => states.map((state) => identities.get(state)).join();
  const identities = new Map(
    groups.flatMap(({ members }) => members).map((state, i) => [state, i]),
  );
  const content = (states: readonly State[]) =>
    states
      .map((state) => identities.get(state) ?? -1)
      .sort((a, b) => a - b)
      .join();
  const layouts = new Map(groups.map(({ members }) => [content(members), members]));
  const fixed = new Set<string>();
  const reads = ({ formula }: Group) => (formula === undefined ? [] : statesIn(formula));
  const byReads = [...groups].sort((a, b) => reads(b).length - reads(a).length);
  const kept = byReads.filter((group) => {
    const own = content(group.members);
    const current = layouts.get(own)!;
    const wanted = reads(group).map((states) => inOrder(states, group.members, current));
    const agrees = wanted.every((states) => {
      const key = content(states);
      return layouts.has(key) && (!fixed.has(key) || order(layouts.get(key)!) === order(states));
    });
    if (!agrees) return false;
    for (const states of wanted) {
      layouts.set(content(states), states);
      fixed.add(content(states));
    }
    fixed.add(own);
    return true;
  });
  return kept.map((group) => reordered(group, layouts.get(content(group.members))!));
}

/** What stands beside `from`, rearranged as `from` is into `to`. */
function inOrder<T>(items: readonly T[], from: readonly State[], to: readonly State[]): T[] {
  return to.map((state) => items[from.indexOf(state)]!);
}

function reordered(group: Group, members: readonly State[]): Group {
  const permute = (formula: Formula): Formula => {
    switch (formula.kind) {
      case 'scalar':
        return formula;
      case 'state':
        return { kind: 'state', states: inOrder(formula.states, group.members, members) };
      case 'values':
        return { kind: 'values', values: inOrder(formula.values, group.members, members) };
      case 'apply':
        return {
          kind: 'apply',
          nodes: inOrder(formula.nodes, group.members, members),
          inputs: formula.inputs.map(permute),
        };
    }
  };
  return { members, formula: group.formula === undefined ? undefined : permute(group.formula) };
}

function statesIn(formula: Formula): (readonly State[])[] {
  if (formula.kind === 'state') return [formula.states];
  return formula.kind === 'apply' ? formula.inputs.flatMap(statesIn) : [];
}

/**
 * The formula that all members share; where they differ in a way that no leaf can hold, the members by that
 * difference, to be tried apart.
 */
function unify(
  members: readonly State[],
  values: readonly Value[],
  stateOf: ReadonlyMap<Value, State>,
  isWhole = false,
): Formula | Map<string, State[]> {
  const kinds = values.map((value, i) => kindOf(value, shapeOf(members[i]!), stateOf));
  const [first] = kinds;
  if (!kinds.every((kind) => kind === first)) {
    // Gradients are computed in many ways and enter as they are; whole formulas must agree.
    const canBeLeaves =
      !isWhole && kinds.every((kind) => kind === 'value' || kind.startsWith('apply'));
    if (canBeLeaves) return { kind: 'values', values };
    const apart = new Map<string, State[]>();
    for (const [i, kind] of kinds.entries())
      apart.set(kind, [...(apart.get(kind) ?? []), members[i]!]);
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

/** The pieces of a packed vector, each in the shape of its variable. */
function split(packed: Value, members: readonly State[]): Map<State, Value> {
  const sizes = members.map((state) => sizeOf(shapeOf(state)));
  const parts = node(
    'SplitV',
    { x: packed },
    { numOrSizeSplits: sizes, axis: 0 },
    sizes.map((size) => ({ shape: [size], dtype: 'float32' as const })),
  ).outputs;
  return new Map(members.map((state, i) => [state, reshaped(parts[i]!, shapeOf(state))]));
}

/** Rebuilds a program on packed variables. */
class Builder {
  private readonly done = new Map<Value, Value>();
  private readonly built = new Map<Formula, Value>();

  constructor(
    private readonly packedRead: ReadonlyMap<State, Value>,
    pieces: ReadonlyMap<Value, Value>,
  ) {
    for (const [old, piece] of pieces) this.done.set(old, piece);
  }

  build(formula: Formula): Value {
    const known = this.built.get(formula);
    if (known !== undefined) return known;
    const made = this.make(formula);
    this.built.set(formula, made);
    return made;
  }

  private make(formula: Formula): Value {
    switch (formula.kind) {
      case 'scalar':
        return this.replaced(formula.value);
      case 'state':
        return this.packedRead.get(formula.states[0]!)!;
      case 'values': {
        const parts = formula.values.map((value) => {
          const now = this.replaced(value);
          return reshaped(now, [sizeOf(now.shape)]);
        });
        const size = parts.reduce((total, part) => total + part.shape[0]!, 0);
        return node(
          'Concat',
          Object.fromEntries(parts.map((part, i) => [String(i), part])),
          { axis: 0 },
          [{ shape: [size], dtype: 'float32' }],
        ).outputs[0]!;
      }
      case 'apply': {
        const [first] = formula.nodes;
        const inputs = formula.inputs.map((input) => this.build(input));
        const size = inputs.reduce((largest, input) => Math.max(largest, sizeOf(input.shape)), 1);
        return node(
          first!.kernel,
          Object.fromEntries(first!.names.map((name, i) => [name, inputs[i]!])),
          first!.attributes,
          [{ shape: [size], dtype: 'float32' }],
        ).outputs[0]!;
      }
    }
  }

  /** The value with packed variables read in place of single ones. */
  replaced(value: Value): Value {
    const stack = [value];
    // By hand, for graphs are deeper than the stack.
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (this.done.has(top) || top.source.kind !== 'node') {
        if (!this.done.has(top)) this.done.set(top, top);
        stack.pop();
        continue;
      }
      const { node: old } = top.source;
      const open = old.inputs.filter((input) => !this.done.has(input));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      const inputs = old.inputs.map((input) => this.done.get(input)!);
      const fresh = inputs.every((input, i) => input === old.inputs[i])
        ? old
        : node(
            old.kernel,
            Object.fromEntries(old.names.map((name, i) => [name, inputs[i]!])),
            old.attributes,
            old.outputs,
          );
      for (const [i, output] of old.outputs.entries()) this.done.set(output, fresh.outputs[i]!);
    }
    return this.done.get(value)!;
  }
}
