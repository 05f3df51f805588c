import { outputsOf, type Program, type State, type Value } from '../graph/program.js';
import { isSingle, type Update, withUpdatesApart } from '../passes/updates.js';
import { type UpdateLoops, updateLoops } from '../web/updateLoop.js';
import { discard } from './discard.js';
import type { Stored } from './hostBackend.js';

/** The updates of a program, apart from it: they change its states where these lie. */
export class Updates {
  private constructor(
    /** The program without them; what they are handed follows its results. */
    readonly rest: Program,
    private readonly updates: readonly Update[],
    private readonly loops: UpdateLoops,
    private readonly areFilled: boolean,
  ) {}

  /**
   * Undefined where a program has none, or WebAssembly cannot do them.
   *
   * @param areFilled whether the rest of the program puts what it hands over where it is told to
   */
  static async of(program: Program, areFilled: boolean): Promise<Updates | undefined> {
    const { rest, updates } = withUpdatesApart(program);
    // ONNX Runtime takes no empty program.
    const isAll = outputsOf(rest).length === 0;
    const loops = isAll || updates.length === 0 ? undefined : await updateLoops(updates);
    return loops && new Updates(rest, updates, loops, areFilled);
  }

  /** Where a state lies that is updated. */
  placeOf(state: State): Float32Array | undefined {
    return this.loops.vectors.get(state);
  }

  /** Where what is handed over belongs, if it can be put there. */
  placeToFill(operand: Value): Float32Array | undefined {
    return this.areFilled ? this.loops.vectors.get(operand) : undefined;
  }

  /** @param handed what the rest of the program has computed for them; its vectors are used up */
  run(handed: ReadonlyMap<Value, Stored>): void {
    for (const [operand, numbers] of handed) {
      const vector = this.loops.vectors.get(operand);
      if (vector === undefined) continue;
      if (!this.areFilled) vector.set(numbers);
      discard(numbers);
    }
    for (const [i, { operands }] of this.updates.entries())
      this.loops.run[i]!(...operands.filter(isSingle).map((single) => handed.get(single)![0]!));
  }
}
