import { Names } from '../graph/names.js';
import { checkKernels, type Node, type Program, type Value } from '../graph/program.js';
import { isLoop } from '../graph/turns.js';
import { doubleKernels } from './doubleKernels.js';
import { lowerings } from './kernels.js';
import { OnnxGraph, type Precision } from './model.js';
import { scan } from './scan.js';

/** A program as an ONNX model, and the names under which it meets the world. */
export interface OnnxProgram {
  readonly model: Uint8Array;
  readonly arguments: readonly string[];
  readonly draws: readonly string[];
  /** One for each state of the program; undefined where it is not read. */
  readonly reads: readonly (string | undefined)[];
  /** One for each state of the program; undefined where it is not assigned. */
  readonly writes: readonly (string | undefined)[];
  readonly results: readonly string[];
}

/**
 * Writes a program as an ONNX model: arguments, draws and variables are its inputs, results and assigned variables
 * its outputs.
 *
 * @throws EngineError naming the kernels that have no counterpart
 */
export function lower(program: Program, precision: Precision = 'float32'): OnnxProgram {
  const known = precision === 'float64' ? { ...lowerings, ...doubleKernels } : lowerings;
  checkKernels(
    program,
    (kernel) => kernel in known,
    'ONNX',
    "Write it with other operations, or compile with target: 'replay'.",
  );
  const graph = new OnnxGraph(precision);
  const names = new Names(graph);
  const input = (prefix: string, index: number, value: Value): string => {
    const name = graph.input(`${prefix}${index}`, value.dtype, value.shape);
    names.set(value, name);
    return name;
  };

  const args = program.arguments.map((value, i) => input('argument', i, value));
  const draws = program.draws.map(({ value }, i) => input('draw', i, value));
  const reads = program.states.map(({ read }, i) =>
    read === undefined ? undefined : input('state', i, read),
  );
  const write = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const inputs = node.inputs.map((value) => names.of(value));
      const outputs = isLoop(node)
        ? scan(graph, names, node, () => {
            write(node.body.nodes);
          })
        : [known[node.kernel]!(graph, inputs, node)].flat();
      for (const [i, output] of node.outputs.entries()) names.set(output, outputs[i]!);
    }
  };
  write(program.nodes);
  const output = (prefix: string, index: number, value: Value): string => {
    const name = `${prefix}${index}`;
    graph.output(name, names.of(value), value.dtype, value.shape);
    return name;
  };
  const results = program.results.map((value, i) => output('result', i, value));
  const writes = program.states.map(({ written }, i) =>
    written === undefined ? undefined : output('next', i, written),
  );
  return { model: graph.finish(), arguments: args, draws, reads, writes, results };
}
