import { Names } from '../graph/names.js';
import { checkKernels, type Program, type State, type Value } from '../graph/program.js';
import { type Output, TensorFlowGraph } from './graph.js';
import { lowerings } from './kernels.js';

/** A variable that a program assigns: it stays in the graph between calls, and is met there under these names. */
export interface AssignedState {
  readonly state: State;
  /** Gives its numbers. */
  readonly read: string;
  /** Takes other numbers, which computing {@link AssignedState.assigned} puts in place. */
  readonly given: string;
  readonly assigned: string;
}

/** A program as a TensorFlow graph, and the names under which it meets the world. */
export interface TensorFlowProgram {
  /** The file `saved_model.pb`. */
  readonly model: Uint8Array;
  readonly arguments: readonly string[];
  readonly draws: readonly string[];
  /** Variables that are only read are inputs. */
  readonly readOnly: readonly { readonly state: State; readonly name: string }[];
  readonly held: readonly AssignedState[];
  readonly results: readonly string[];
  /** Computing it assigns the variables. */
  readonly done: string;
}

/**
 * Writes a program as a TensorFlow graph, state included.
 *
 * @throws EngineError naming the kernels that have no counterpart
 */
export function lower(program: Program): TensorFlowProgram {
  checkKernels(
    program,
    (kernel) => kernel in lowerings,
    'a TensorFlow graph',
    "Write it with other operations, or compile with target: 'onnx' or 'replay'.",
  );
  const graph = new TensorFlowGraph();
  const outputs = new Names<Output>(graph);
  const assigns = program.states.some(({ written }) => written !== undefined);
  const input = (name: string, value: Value): string => {
    const fed = graph.input(name, value.dtype, value.shape);
    outputs.set(value, assigns ? owned(graph, fed) : fed);
    return name;
  };

  const args = program.arguments.map((value, i) => input(`argument${i}`, value));
  const draws = program.draws.map(({ value }, i) => input(`draw${i}`, value));
  const readOnly = program.states.flatMap((state, i) =>
    state.written === undefined && state.read !== undefined
      ? [{ state, name: input(`state${i}`, state.read) }]
      : [],
  );
  const variables = program.states.flatMap((state, i) => {
    if (state.written === undefined) return [];
    const variable = hold(graph, `state${i}`, state.written);
    if (state.read !== undefined) outputs.set(state.read, variable.read);
    return [{ ...variable, state, written: state.written }];
  });
  for (const node of program.nodes) {
    const made = [
      lowerings[node.kernel]!(
        graph,
        node.inputs.map((value) => outputs.of(value)),
        node,
      ),
    ].flat();
    for (const [i, output] of node.outputs.entries()) outputs.set(output, made[i]!);
  }
  const results = program.results.map((value, i) => {
    const output = outputs.of(value);
    const attributes = { T: { type: output.type } };
    return graph.emit('Identity', [output], { attributes, name: `result${i}` });
  });
  // Variables change together, when nothing can fail any more.
  const values = variables.map(({ written }) => outputs.of(written));
  const ready = graph.emit('NoOp', [], { after: [...results, ...values] });
  const assigned = variables.map(({ assign }, i) => assign(values[i]!, ready));
  const done = graph.signal('done', assigned).name;
  return {
    model: graph.finish(),
    arguments: args,
    draws,
    readOnly,
    held: variables.map(({ state, read, given, assigned }) => ({
      state,
      read: read.name,
      given: given.name,
      assigned: assigned.name,
    })),
    results: results.map(({ name }) => name),
    done,
  };
}

/** The operations around a variable of the shape and type of a value. */
function hold(graph: TensorFlowGraph, name: string, { shape, dtype }: Value) {
  const attributes = { dtype: { type: dtype } };
  const handle = graph.emit('VarHandleOp', [], {
    attributes: { ...attributes, shape: { shape }, shared_name: name },
    type: 'resource',
  });
  const read = graph.emit('ReadVariableOp', [handle], { attributes, type: dtype });
  const put = (value: Output, after: readonly Output[]) =>
    graph.emit('AssignVariableOp', [handle, value], { attributes, after });
  const given = graph.input(`${name}/given`, dtype, shape);
  return {
    read,
    given,
    assigned: graph.signal(`${name}/assigned`, [put(owned(graph, given), [])]),
    assign: (value: Output, ready: Output) => put(value, [read, ready]),
  };
}

/**
 * A copy of what is fed, which may lie in memory of JavaScript: a variable must not come to share it, for then a
 * thread of TensorFlow would free it.
 */
function owned(graph: TensorFlowGraph, fed: Output): Output {
  return graph.typed('DeepCopy', [fed]);
}
