/**
 * Optimisers do the same arithmetic for every variable, in a dozen small operations each. Laid end to end, the
 * variables of one role need that dozen once, and the runtime is handed a few long vectors instead of hundreds of
 * small tensors.
 */
import { node, type Program, type State, sizeOf, type Value, value } from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { reshaped } from './aliases.js';
import { Builder, type Layout } from './packing/builder.js';
import { shapeOf } from './packing/formula.js';
import { groupsOf } from './packing/groups.js';

/** Lays variables that are updated by the same elementwise formula, and those that are only read, end to end. */
export function withPackedState(program: Program): Program {
  const groups = groupsOf(program);
  const layouts: Layout[] = [];
  const packed = new Map<readonly State[], State>();
  const pieces = new Map<Value, Value>();
  for (const group of groups) {
    const size = group.members.reduce((total, state) => total + sizeOf(shapeOf(state)), 0);
    const read = value([size], 'float32', { kind: 'variable' });
    packed.set(group.members, {
      variables: group.members.flatMap((state) => state.variables),
      read,
    });
    layouts.push({ members: group.members, read });
    for (const [state, piece] of split(read, group.members))
      if (state.read) pieces.set(state.read, piece);
  }
  const builder = new Builder(layouts, pieces);
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
