import { EngineError, type Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { numbersOf, type Program, type State, sizeOf } from '../graph/program.js';
import { packed } from '../passes/simplify.js';
import { withLoopsUnrolled } from '../passes/unrolled.js';
import { TAG } from '../tensorflow/graph.js';
import { type AssignedState, lower, type TensorFlowProgram } from '../tensorflow/lower.js';
import type { Buffer, Stored } from './hostBackend.js';
import type { Runner } from './replay.js';
import { leaveToVariables, takeFromVariables } from './variables.js';

/** What the backend of `@tensorflow/tfjs-node` does with graphs; `tf.node.loadSavedModel` stands on it. */
interface Graphs {
  loadSavedModelMetaGraph(folder: string, tag: string): number;
  runSavedModel(
    id: number,
    inputs: readonly tf.Tensor[],
    inputNames: readonly { readonly name: string }[],
    outputNames: readonly string[],
  ): tf.Tensor[];
  deleteSavedModel(id: number): void;
}

/** Is the engine in use TensorFlow's native one? */
export function isTensorFlowInUse(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/**
 * Runs a program as one graph of TensorFlow; variables that it assigns are the graph's between calls.
 *
 * @throws EngineError where TensorFlow's add-on is not in use, or does not take the program
 */
export async function runTensorFlow(program: Program): Promise<Runner> {
  if (!isTensorFlowInUse())
    throw new EngineError(
      `compile: target 'tensorflow' needs that engine in use, got '${tf.getBackend()}'. Call useEngine('tensorflow') ` +
        "before, after 'npm install @tensorflow/tfjs-node' (in a checkout of pushforward: 'pnpm native').",
    );
  const names = lower(shaped(withLoopsUnrolled(program)));
  const backend = tf.backend() as unknown as Graphs;
  const id = await inFolder('saved_model.pb', names.model, (folder) => {
    try {
      return backend.loadSavedModelMetaGraph(folder, TAG);
    } catch (error) {
      throw new EngineError(`compile: TensorFlow does not take the program: ${String(error)}`, {
        cause: error,
      });
    }
  });
  return new TensorFlowRunner(program, names, new Graph(backend, id));
}

/** Fewer, larger operations. Variables that are only read stay apart: they are inputs. */
function shaped(program: Program): Program {
  const isAssigned = (state: State) => state.written !== undefined;
  const { states } = program;
  const smaller = packed({ ...program, states: states.filter(isAssigned) });
  return {
    ...smaller,
    states: [...smaller.states, ...states.filter((state) => !isAssigned(state))],
  };
}

/** A graph that was loaded. */
class Graph {
  constructor(
    private readonly backend: Graphs,
    private readonly id: number,
  ) {}

  run(inputs: readonly (readonly [string, tf.Tensor])[], outputs: readonly string[]): tf.Tensor[] {
    const results = this.attempt(inputs, outputs);
    // They were noted as the data of whatever engine is in use by now.
    for (const { dataId } of results)
      tf.engine().state.tensorInfo.get(dataId)!.backend = this
        .backend as unknown as tf.KernelBackend;
    return results;
  }

  private attempt(
    inputs: readonly (readonly [string, tf.Tensor])[],
    outputs: readonly string[],
  ): tf.Tensor[] {
    try {
      return this.backend.runSavedModel(
        this.id,
        inputs.map(([, tensor]) => tensor),
        inputs.map(([name]) => ({ name })),
        outputs,
      );
    } catch (error) {
      throw new EngineError(`compile: TensorFlow does not run the program: ${String(error)}`, {
        cause: error,
      });
    }
  }

  dispose(): void {
    this.backend.deleteSavedModel(this.id);
  }
}

/** The numbers of a variable of the graph: fetched when somebody asks, once between two calls. */
class GraphVariable implements Buffer {
  private fetched: Stored | undefined;

  constructor(
    readonly state: State,
    private readonly names: AssignedState,
    private readonly graph: Graph,
  ) {
    const { shape, dtype } = state.written!;
    this.fetched = new arrays[dtype](sizeOf(shape));
  }

  /** Nobody asks the graph whether numbers have changed. */
  get stamp(): object {
    return {};
  }

  get values(): Stored {
    if (this.fetched === undefined) {
      const [tensor] = this.graph.run([], [this.names.read]) as [tf.Tensor];
      this.fetched = numbersOf(tensor);
      tensor.dispose();
    }
    return this.fetched;
  }

  /** The graph has assigned the variable: what was fetched is old. */
  forget(): void {
    this.fetched = undefined;
  }

  /** Hands the graph what others have put into the variables. */
  refresh(): void {
    if (!takeFromVariables(this.state, this)) return;
    const { shape, dtype } = this.state.written!;
    const given = tf.tensor(this.values, [...shape], dtype);
    tf.dispose([given, ...this.graph.run([[this.names.given, given]], [this.names.assigned])]);
  }
}

class TensorFlowRunner implements Runner {
  private readonly variables: readonly GraphVariable[];

  constructor(
    private readonly program: Program,
    private readonly names: TensorFlowProgram,
    private readonly graph: Graph,
  ) {
    this.variables = names.held.map((held) => new GraphVariable(held.state, held, graph));
  }

  run(args: readonly tf.Tensor[], keys: readonly Key[]): Promise<tf.Tensor[]> {
    for (const variable of this.variables) variable.refresh();
    const drawn = this.program.draws.map(({ draw }) => draw(keys));
    const { names } = this;
    const inputs = [
      ...names.arguments.map((name, i) => [name, args[i]!] as const),
      ...names.draws.map((name, i) => [name, drawn[i]!] as const),
      ...names.readOnly.map(({ name, state }) => [name, state.variables[0]!] as const),
    ];
    try {
      const [done, ...results] = this.graph.run(inputs, [names.done, ...names.results]);
      done!.dispose();
      return Promise.resolve(results);
    } finally {
      for (const variable of this.variables) variable.forget();
      tf.dispose(drawn);
    }
  }

  dispose(): void {
    for (const variable of this.variables) leaveToVariables(variable.state, variable);
    this.graph.dispose();
  }
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Writes a file into a folder of its own, which is there until `use` is done. */
async function inFolder<T>(
  name: string,
  bytes: Uint8Array,
  use: (folder: string) => T,
): Promise<T> {
  // Names of Node's own modules that bundlers for browsers do not see.
  const [fs, os, path] = (await Promise.all(
    ['node:fs', 'node:os', 'node:path'].map((module) => import(/* @vite-ignore */ module)),
  )) as [typeof import('node:fs'), typeof import('node:os'), typeof import('node:path')];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pushforward-'));
  try {
    fs.writeFileSync(path.join(folder, name), bytes);
    return use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
