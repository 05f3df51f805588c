import { EngineError } from '@pushforward/tensors';
import { type Node, type Value, value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { bodyOf, scan, sumInTurns } from '../graph/turns.js';

/** The nodes of one turn of a loop, or those outside of all. */
interface Level {
  readonly nodes: Node[];
  /** What the first turn begins with; undefined where turns are added. */
  readonly starts: readonly Value[] | undefined;
  /** What turns are taken over. */
  readonly over: readonly Value[];
  /** What a turn gets: what was handed on, and a slice of each. */
  readonly given: readonly Value[];
}

/** Nodes in the order of their recording, but for those in turns: what is the same in all turns is done before. */
export class RecordedNodes {
  /** From outside to inside. */
  private readonly levels: Level[] = [{ nodes: [], starts: undefined, over: [], given: [] }];
  /** Where each value is made that is not the same in all turns. */
  private readonly homes = new Map<Value, Level>();

  /** Those outside of all turns. */
  get outermost(): readonly Node[] {
    return this.levels[0]!.nodes;
  }

  add(made: Node): void {
    const level = this.levels[this.depthOf(made.inputs)]!;
    level.nodes.push(made);
    if (level !== this.levels[0]) for (const output of made.outputs) this.homes.set(output, level);
  }

  /**
   * @param starts what the first turn begins with, and each other with what has been handed on; undefined where turns are added
   * @returns what a turn gets: what is handed on, and a slice of each of the values that turns are taken over
   */
  beginTurn(over: readonly Value[], starts?: readonly Value[]): readonly Value[] {
    const given = [
      ...(starts ?? []).map(({ shape, dtype }) => value(shape, dtype, { kind: 'argument' })),
      ...over.map(({ shape, dtype }) => value(shape.slice(1), dtype, { kind: 'argument' })),
    ];
    const level = { nodes: [], starts, over, given };
    for (const own of given) this.homes.set(own, level);
    this.levels.push(level);
    return given;
  }

  /** @returns what the last turn hands on, and the sums or stacks of the other results of all turns */
  endTurn(results: readonly Value[]): readonly Value[] {
    this.depthOf(results);
    const level = this.levels.pop()!;
    const outside = new Map<Value, Value>();
    for (const used of [...level.nodes.flatMap(({ inputs }) => inputs), ...results])
      if (used.source.kind !== 'constant' && this.homes.get(used) !== level && !outside.has(used))
        outside.set(used, value(used.shape, used.dtype, { kind: 'argument' }));
    const args = [...level.given, ...outside.values()];
    const body = rewrite(bodyOf(args, level.nodes, results), () => undefined, new Map(outside));
    const { starts } = level;
    const inputs = [...(starts ?? []), ...level.over, ...outside.keys()];
    const turns = { turns: level.over[0]!.shape[0]!, body, inputs };
    const loop = starts === undefined ? sumInTurns(turns) : scan(turns, starts.length);
    this.add(loop);
    return loop.outputs;
  }

  /**
   * How many loops have to be around what uses these values.
   *
   * @throws EngineError where they were made in a turn that is over
   */
  depthOf(values: readonly Value[]): number {
    const depths = values.map((used) => {
      const home = this.homes.get(used);
      const depth = home === undefined ? 0 : this.levels.indexOf(home);
      if (depth < 0)
        throw new EngineError(
          'compile: a tensor that was made within a turn of sumInTurns or odeSolve is used after it. Return it from the turn.',
        );
      return depth;
    });
    return Math.max(0, ...depths);
  }
}
