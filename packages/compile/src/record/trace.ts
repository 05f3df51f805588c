import { EngineError, type Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import {
  constantValue,
  type Draw,
  node,
  numbersOf,
  type Program,
  type State,
  type Value,
  value,
} from '../graph/program.js';
import { scheduled } from '../graph/rewrite.js';
import { Execution } from '../run/replay.js';
import { fill } from './hollow.js';
import { type DataId, dtypeOf, formOf, hostNumbers, type TensorInfo } from './inputs.js';
import { deaf, type Listener } from './listener.js';
import { RecordedNodes } from './nodes.js';
import { record } from './recorder.js';
import { leavesOf, rebuild, type Structure } from './structure.js';
import { TracedKey } from './tracedKey.js';
import { userLine } from './userLine.js';

/** What one recorded run of a function gives. */
export interface Trace<Result> {
  /** The function's own result: computed where there is no program, else no more than its form. */
  readonly result: Result;
  /** Undefined where the run made variables, as optimisers do at their first step: record another run. */
  readonly program: Program | undefined;
}

/**
 * Runs `fn` once, eagerly, records what it does, and undoes it: variables are put back, results are freed. A run that
 * makes variables stands as it is.
 *
 * @param args tensors become the program's arguments, keys its sources of randomness, all else is fixed
 * @throws EngineError where `fn` does something that a recording cannot follow
 */
export function trace<Args extends readonly Structure[], Result>(
  fn: (...args: Args) => Result,
  args: Args,
): Trace<Result> {
  const tracer = new Tracer();
  const { tensors, keys } = leavesOf(args);
  // Data of their own: what is passed may be another argument too, a variable, or a tensor that `fn` reads from outside.
  const own = tensors.map((tensor) => {
    const dtype = dtypeOf(tensor);
    return tf.tensor(numbersOf(tensor), tensor.shape, dtype);
  });
  const traced = rebuild(args, own, tracer.follow(keys)) as Args;
  for (const tensor of own) tracer.argument(tensor);
  const variables = new Set(Object.values(tf.engine().registeredVariables));
  separate(variables);
  for (const variable of variables) tracer.variable(variable);
  const before = new Map([...variables].map((variable) => [variable, tf.clone(variable)]));
  const newest = tf.tidy(() => tf.scalar(0).id);
  let result: Result | undefined;
  let stands = false;
  try {
    result = record(
      () => tf.tidy(() => synchronous(fn(...traced)) as tf.TensorContainer) as Result,
      tracer,
      'small',
    );
    const after = Object.values(tf.engine().registeredVariables);
    stands = after.some((variable) => !variables.has(variable));
    if (stands) return { result, program: undefined };
    tracer.checkChance();
    return { result, program: tracer.program(leavesOf(result).tensors) };
  } finally {
    for (const [variable, value] of before) {
      const isChanged = !stands && !variable.isDisposed && variable.dataId !== value.dataId;
      if (isChanged) variable.assign(value);
    }
    // What is older was handed through.
    const results = tf.tensor_util.getTensorsInContainer(result as tf.TensorContainer);
    if (!stands) for (const tensor of results) if (tensor.id > newest) tensor.dispose();
    // What is there for good: the variables made and the result beside them, tensors that `fn` keeps.
    try {
      fill((made) => tracer.computed(made, own, keys, before));
    } finally {
      for (const value of before.values()) value.dispose();
      for (const tensor of own) if (!stands || !results.includes(tensor)) tensor.dispose();
    }
  }
}

/** A result that is there. */
function synchronous(result: unknown): unknown {
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  throw new EngineError(
    'compile: the compiled function is asynchronous, and a recording ends where it waits. Make it synchronous: ' +
      'read tensors and call other compiled functions outside.',
  );
}

/**
 * Gives every variable data of its own. Assigning one variable to another makes them share, and variables are told
 * apart by their data.
 */
function separate(variables: Iterable<tf.Variable>): void {
  const seen = new Set<DataId>();
  for (const variable of variables) {
    if (seen.has(variable.dataId)) {
      const own = tf.tensor(numbersOf(variable), variable.shape, variable.dtype);
      variable.assign(own);
      own.dispose();
    }
    seen.add(variable.dataId);
  }
}

/** Collects nodes while a function runs, and knows which value each piece of stored data is. */
class Tracer implements Listener {
  private readonly arguments: Value[] = [];
  private readonly draws: Draw[] = [];
  private readonly states: State[] = [];
  private readonly nodes = new RecordedNodes();
  /** Reshaping shares data: one piece is several values, told apart by shape and type. */
  private readonly values = new Map<DataId, Map<string, Value>>();
  private readonly stateOf = new Map<DataId, State>();
  private readonly startedAs = new Map<State, DataId>();
  /** Where each kernel was first asked for. */
  private readonly origins = new Map<string, string>();
  /** What the data of the variables was when the turns began that are not over. */
  private readonly assignedBefore: DataId[][] = [];
  private chanceAt: string | undefined;

  follow(keys: readonly Key[]): Key[] {
    return keys.map(
      (key, i) =>
        new TracedKey(
          key,
          (keys) => keys[i]!,
          `key${i}`,
          (drawn, again, text) => {
            const known = value(drawn.shape, dtypeOf(drawn), { kind: 'draw' });
            this.draws.push({ value: known, draw: again, text });
            this.values.delete(drawn.dataId);
            this.remember(drawn, known);
          },
        ),
    );
  }

  argument(tensor: tf.Tensor): void {
    const argument = value(tensor.shape, dtypeOf(tensor), { kind: 'argument' });
    this.arguments.push(argument);
    this.remember(tensor, argument);
  }

  variable(variable: tf.Variable): void {
    const state: State = { variables: [variable] };
    this.states.push(state);
    this.stateOf.set(variable.dataId, state);
    this.startedAs.set(state, variable.dataId);
  }

  written(
    dataId: DataId,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
  ): void {
    const info = { dataId, shape, dtype };
    if (dtype === 'string' || dtype === 'complex64') return; // an error only where a kernel reads it
    this.remember(info, constantValue(shape, dtypeOf(info), hostNumbers(values, dtypeOf(info))));
  }

  kernel(
    name: string,
    inputs: Record<string, TensorInfo>,
    attributes: Record<string, unknown>,
    outputs: TensorInfo[],
  ): void {
    if (!this.origins.has(name)) this.origins.set(name, userLine());
    const made = node(
      name,
      Object.fromEntries(Object.entries(inputs).map(([key, input]) => [key, this.lookUp(input)])),
      attributes,
      outputs.map((output) => ({ shape: output.shape, dtype: dtypeOf(output) })),
    );
    this.nodes.add(made);
    for (const [i, output] of outputs.entries()) this.remember(output, made.outputs[i]!);
  }

  turnBegins(...[over, given, starts]: Parameters<Listener['turnBegins']>): void {
    const lookUp = (info: TensorInfo) => this.lookUp(info);
    const values = this.nodes.beginTurn(over.map(lookUp), starts?.map(lookUp));
    for (const [i, own] of given.entries()) this.remember(own, values[i]!);
    this.assignedBefore.push(this.assigned());
  }

  turnEnds(results: readonly TensorInfo[], sums: readonly TensorInfo[]): void {
    const before = this.assignedBefore.pop()!;
    if (this.assigned().some((dataId, i) => dataId !== before[i]))
      throw new EngineError(
        'compile: a turn of sumInTurns or odeSolve assigns a variable, and stands for all turns. Assign it outside.',
      );
    const values = this.nodes.endTurn(results.map((info) => this.lookUp(info)));
    for (const [i, sum] of sums.entries()) this.remember(sum, values[i]!);
  }

  /** What the data of the variables is by now. */
  private assigned(): DataId[] {
    return this.states.map(({ variables }) => variables[0]!.dataId);
  }

  chance(place: string): void {
    this.chanceAt ??= place;
  }

  /** @throws EngineError where the run drew numbers that every call would get again */
  checkChance(): void {
    if (this.chanceAt !== undefined)
      throw new EngineError(
        'compile: the compiled function draws random numbers without a key or a seed (Math.random, tf.randomNormal, ' +
          `dropout)${this.chanceAt}. A recording would repeat them: draw from a Key that is an argument, or outside ` +
          'and pass the numbers as an argument.',
      );
  }

  program(results: readonly tf.Tensor[]): Program {
    for (const state of this.states) {
      const variable = state.variables[0]!;
      if (!variable.isDisposed && variable.dataId !== this.startedAs.get(state))
        state.written = this.lookUp(variable);
    }
    const resultValues = results.map((result) => this.lookUp(result));
    this.nodes.depthOf([...resultValues, ...this.states.flatMap(({ written }) => written ?? [])]);
    return {
      arguments: this.arguments,
      draws: this.draws,
      states: this.states.filter(({ read, written }) => (read ?? written) !== undefined),
      nodes: this.nodes.outermost,
      results: resultValues,
      origins: this.origins,
    };
  }

  /**
   * Computes data that the run has made, this time with all numbers.
   *
   * @param before what the variables were
   */
  computed(
    made: readonly DataId[],
    args: readonly tf.Tensor[],
    keys: readonly Key[],
    before: ReadonlyMap<tf.Variable, tf.Tensor>,
  ): tf.Tensor[] {
    const read = this.states.filter(({ read }) => read !== undefined);
    const values = made.map((dataId) => [...this.values.get(dataId)!.values()][0]!);
    this.nodes.depthOf(values);
    const program = scheduled({
      arguments: [...this.arguments, ...read.map(({ read }) => read!)],
      draws: this.draws,
      states: [],
      nodes: this.nodes.outermost,
      results: values,
      origins: this.origins,
    });
    const execution = new Execution(program);
    const states = read.map(({ variables }) => before.get(variables[0]!)!);
    try {
      return record(() => execution.run([...args, ...states], keys), deaf, 'all');
    } finally {
      execution.dispose();
    }
  }

  private remember(info: TensorInfo, known: Value): void {
    const aliases = this.values.get(info.dataId) ?? new Map<string, Value>();
    // The first of several equal values is the one computed earliest.
    const form = formOf(info);
    if (!aliases.has(form)) aliases.set(form, known);
    this.values.set(info.dataId, aliases);
  }

  /** The value that a tensor is: known, a variable's, or a constant from outside. */
  private lookUp(info: TensorInfo): Value {
    const known = this.values.get(info.dataId)?.get(formOf(info));
    if (known !== undefined) return known;
    const state = this.stateOf.get(info.dataId);
    const found =
      state === undefined
        ? this.captured(info)
        : value(info.shape, dtypeOf(info), { kind: 'variable' });
    if (state !== undefined) state.read ??= found;
    this.remember(info, found);
    return found;
  }

  private captured(info: TensorInfo): Value {
    const { backend } = tf.engine().state.tensorInfo.get(info.dataId)!;
    const values = backend.readSync(info.dataId);
    return constantValue(info.shape, dtypeOf(info), hostNumbers(values, dtypeOf(info)));
  }
}
