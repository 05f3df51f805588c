import { EngineError } from '@pushforward/tensors';
import { type Node, type Value, value } from '../graph/program.js';
import { rewrite } from '../graph/rewrite.js';
import { bodyOf, sumInTurns } from '../graph/turns.js';

/** The nodes of one turn of a loop, or those outside of all. */
interface Level {
  readonly nodes: Node[];
  /** What turns are taken over. */
  readonly over: readonly Value[];
  /** What a turn gets of each. */
  readonly slices: readonly Value[];
}

/** Nodes in the order of their recording, but for those in turns: what is the same in all turns is done before. */
export class RecordedNodes {
  /** From outside to inside. */
  private readonly levels: Level[] = [{ nodes: [], over: [], slices: [] }];
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

  /** @returns what a turn gets of each of the values that turns are taken over */
  beginTurn(over: readonly Value[]): readonly Value[] {
    const slices = over.map(({ shape, dtype }) =>
      value(shape.slice(1), dtype, { kind: 'argument' }),
    );
    const level = { nodes: [], over, slices };
    for (const slice of slices) this.homes.set(slice, level);
    this.levels.push(level);
    return slices;
  }

  /** @returns the sums of the results of all turns */
  endTurn(results: readonly Value[]): readonly Value[] {
    this.depthOf(results);
    const level = this.levels.pop()!;
    const outside = new Map<Value, Value>();
    for (const used of [...level.nodes.flatMap(({ inputs }) => inputs), ...results])
      if (used.source.kind !== 'constant' && this.homes.get(used) !== level && !outside.has(used))
        outside.set(used, value(used.shape, used.dtype, { kind: 'argument' }));
    const args = [...level.slices, ...outside.values()];
    const body = rewrite(bodyOf(args, level.nodes, results), () => undefined, new Map(outside));
    const inputs = [...level.over, ...outside.keys()];
    const loop = sumInTurns({ turns: inputs[0]!.shape[0]!, body, inputs });
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
          'compile: a tensor that was made within a turn of sumInTurns is used after it. Return it from the turn.',
        );
      return depth;
    });
    return Math.max(0, ...depths);
  }
}
