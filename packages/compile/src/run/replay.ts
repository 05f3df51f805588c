import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { checkKernels, type Node, outputsOf, type Program, type Value } from '../graph/program.js';
import { carriedBy, isLoop, isScan, isStacked, type Loop, turnsOf } from '../graph/turns.js';

/** One call of a program: its arguments in, its results out; variables are assigned. */
export interface Runner {
  run(args: readonly tf.Tensor[], keys: readonly Key[]): Promise<tf.Tensor[]>;
  dispose(): void;
}

/**
 * Runs a program kernel by kernel on the engine in use: no tape, no gradient functions, and each tensor freed after
 * its last use.
 *
 * @throws EngineError where the engine in use lacks kernels of the program, which were recorded without it
 */
export function replay(program: Program): Runner {
  const engine = tf.getBackend();
  const has = (kernel: string) =>
    tf.getKernelsForBackend(engine).some((own) => own.kernelName === kernel);
  checkKernels(
    program,
    has,
    `the engine ${engine}`,
    'Install ONNX Runtime (in Node: npm install onnxruntime-node), or use another engine.',
  );
  const execution = new Execution(program);
  return {
    run: (args, keys) => Promise.resolve(execution.run(args, keys)),
    dispose: () => {
      execution.dispose();
    },
  };
}

/** The calls of a program, kernel by kernel on the engine in use. */
export class Execution {
  private readonly constants = new Map<Value, tf.Tensor>();
  private readonly lastUse = new Map<Value, number>();
  private readonly bodies = new Map<Loop, Execution>();

  constructor(private readonly program: Program) {
    for (const loop of program.nodes.filter(isLoop))
      this.bodies.set(loop, new Execution(loop.body));
    for (const [at, node] of program.nodes.entries())
      for (const input of node.inputs) this.lastUse.set(input, at);
    for (const output of outputsOf(program)) this.lastUse.set(output, Number.POSITIVE_INFINITY);
  }

  /** One call: its arguments in, its results out; variables are assigned. */
  run(args: readonly tf.Tensor[], keys: readonly Key[]): tf.Tensor[] {
    const { program } = this;
    const drawn = program.draws.map(({ draw }) => draw(keys));
    const computed = new Map<Value, tf.Tensor>([
      ...program.arguments.map((value, i) => [value, args[i]!] as const),
      ...program.draws.map(({ value }, i) => [value, drawn[i]!] as const),
      ...program.states.flatMap(({ variables, read }) =>
        read === undefined ? [] : [[read, variables[0]!] as const],
      ),
    ]);
    const tensorOf = (value: Value): tf.Tensor =>
      value.source.kind === 'constant' ? this.constant(value) : computed.get(value)!;
    try {
      this.runKernels(computed, tensorOf);
    } catch (error) {
      for (const value of program.nodes.flatMap(({ outputs }) => outputs))
        computed.get(value)?.dispose();
      tf.dispose(drawn);
      throw error;
    }
    const results = program.results.map((value) => tf.clone(tensorOf(value)));
    const written = program.states.flatMap(({ variables, written }) =>
      written === undefined
        ? []
        : [{ variable: variables[0]!, value: tf.clone(tensorOf(written)) }],
    );
    for (const { variable, value } of written) {
      variable.assign(value);
      value.dispose();
    }
    for (const output of new Set(outputsOf(program)))
      if (output.source.kind === 'node') computed.get(output)!.dispose();
    for (const tensor of drawn) tensor.dispose();
    return results;
  }

  dispose(): void {
    for (const tensor of this.constants.values()) tensor.dispose();
    for (const body of this.bodies.values()) body.dispose();
  }

  /** Not a tidy: tensors are freed as soon as nobody needs them, so the peak stays low. */
  private runKernels(computed: Map<Value, tf.Tensor>, tensorOf: (value: Value) => tf.Tensor): void {
    for (const [at, node] of this.program.nodes.entries()) {
      const inputs = node.inputs.map(tensorOf);
      const outputs = isLoop(node) ? this.inTurns(node, inputs) : runKernel(node, inputs);
      for (const [i, output] of outputs.entries()) computed.set(node.outputs[i]!, output);
      for (const value of new Set([...node.inputs, ...node.outputs]))
        if (value.source.kind === 'node' && (this.lastUse.get(value) ?? -1) <= at)
          computed.get(value)!.dispose();
    }
  }

  private inTurns(loop: Loop, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const body = this.bodies.get(loop)!;
    const slice = (tensor: tf.Tensor, k: number) => tf.squeeze(tf.slice(tensor, k, 1), [0]);
    const turn = (k: number, carried: readonly tf.Tensor[]) => {
      const given = inputs.map((input, i) => carried[i] ?? input);
      const args = given.map((input, i) => (isStacked(loop, i) ? slice(input, k) : input));
      return body.run(args, []);
    };
    return (isScan(loop) ? stacked : summed)(turnsOf(loop), carriedBy(loop), turn);
  }

  private constant(known: Value): tf.Tensor {
    if (known.source.kind !== 'constant') throw new TypeError('not a constant');
    const made =
      this.constants.get(known) ??
      tf.keep(tf.tensor(known.source.values, [...known.shape], known.dtype));
    this.constants.set(known, made);
    return made;
  }
}

/** What turn k gives, from what the turn before has handed on where there is one. */
type Turn = (k: number, carried: readonly tf.Tensor[]) => tf.Tensor[];

function summed(turns: number, _carried: number, turn: Turn): tf.Tensor[] {
  let sums: tf.Tensor[] | undefined;
  for (let k = 0; k < turns; k++) {
    const before = sums;
    sums = tf.tidy(() => {
      const made = turn(k, []);
      return before === undefined ? made : made.map((part, i) => tf.add(before[i]!, part));
    });
    tf.dispose(before);
  }
  return sums!;
}

function stacked(turns: number, carried: number, turn: Turn): tf.Tensor[] {
  let state: tf.Tensor[] = [];
  const made: tf.Tensor[][] = [];
  for (let k = 0; k < turns; k++) {
    const before = state;
    const results = tf.tidy(() => turn(k, before));
    tf.dispose(before);
    state = results.slice(0, carried);
    made.push(results.slice(carried));
  }
  const stacks = made[0]!.map((_, i) => tf.stack(made.map((results) => results[i]!)));
  tf.dispose(made);
  return [...state, ...stacks];
}

function runKernel(node: Node, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const engine = tf.engine();
  const isList = node.names.length > 0 && node.names[0] === '0';
  const named = isList
    ? inputs
    : Object.fromEntries(node.names.map((name, i) => [name, inputs[i]]));
  const outputs = engine.runKernel(
    node.kernel,
    named as tf.NamedTensorMap,
    node.attributes as Parameters<typeof engine.runKernel>[2],
  );
  return [outputs].flat();
}
