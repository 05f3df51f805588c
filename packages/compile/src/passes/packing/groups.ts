import { type Program, type State, sizeOf } from '../../graph/program.js';
import { type Formula, shapeOf, statesIn, unify } from './formula.js';

/** Variables that can be laid end to end. */
export interface Group {
  readonly members: readonly State[];
  /** Undefined where the members are only read. */
  readonly formula: Formula | undefined;
}

/** Variables of so many numbers stay by themselves: taking them out and putting them in costs more than it spares. */
const LARGE = 1 << 16;

/** The groups of a program, each in an order that suits the others. */
export function groupsOf(program: Program): Group[] {
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
