/**
 * A backend that does what the engine's own backend does and notes it.
 *
 * Storage is the inner backend's; every kernel of the inner backend is registered again under a name of our own,
 * with a wrapper that calls the inner kernel and tells the listener. Gradients and optimisers run kernels like
 * anything else, so they are recorded without being asked. Kernels that call others directly are noted once.
 */
import { EngineError } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { HollowStorage, isHollow } from './hollow.js';
import { type DataId, inputsOf, type KernelCall, type TensorInfo, withInputs } from './inputs.js';
import type { Listener } from './listener.js';
import { type Hearing, scan, sumInTurns } from './turns.js';
import { userLine } from './userLine.js';

let listener: Listener | undefined;
/** Kernels inside a kernel are its own business. */
let depth = 0;

/** Are large results freed as soon as they are computed? */
let isSparing = false;

/** A backend that records, and the hollow data in it. */
interface Twin {
  readonly name: string;
  readonly hollow: HollowStorage;
}

/** By the name of the backend that does the work. */
const twins = new Map<string, Twin>();

/** Everything that a storage backend must answer, forwarded to the inner one, but for hollow data. */
function forward(inner: tf.KernelBackend, hollow: HollowStorage): tf.KernelBackend {
  return new Proxy(inner, {
    get(target, property) {
      if (property === 'refCount' || property === 'incRef' || property === 'disposeData')
        return (dataId: DataId, force?: boolean) =>
          (isHollow(dataId) ? hollow : target)[property](dataId, force);
      if (property === 'write')
        return (values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType) => {
          const dataId = target.write(values, shape, dtype);
          if (depth === 0) listener?.written(dataId, values, shape, dtype);
          return dataId;
        };
      if (property === 'sumInTurns') return sumInTurns.bind(undefined, hearing());
      if (property === 'scan') return scan.bind(undefined, hearing());
      if (property === 'isRecording') return true;
      // A recording must not free what the engine itself still uses.
      if (property === 'dispose') return () => {};
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === 'function' ? (member as () => unknown).bind(target) : member;
    },
  });
}

/** What turns are taken in by now. */
function hearing(): Hearing {
  const heard = listener;
  const quietly = <T>(run: () => T): T => {
    listener = undefined;
    try {
      return run();
    } finally {
      listener = heard;
    }
  };
  return { heard, quietly, isSparing };
}

/** The recording twin of a backend, made at its first use. */
function twinOf(name: string): Twin {
  const known = twins.get(name);
  if (known !== undefined) return known;
  const inner = tf.engine().findBackend(name);
  const twin = { name: freeName(`recording-${name}`), hollow: new HollowStorage(inner) };
  twins.set(name, twin);
  tf.registerBackend(twin.name, () => forward(inner, twin.hollow));
  for (const [kernelName, kernel] of kernelsOf(name, inner))
    tf.registerKernel({
      kernelName,
      backendName: twin.name,
      kernelFunc: (call) => {
        if (depth === 0 && listener !== undefined) refuseUnknownShapes(kernelName);
        depth++;
        let outputs: ReturnType<typeof kernel>;
        try {
          outputs =
            depth === 1 && isSparing ? twin.hollow.run(kernelName, kernel, call) : kernel(call);
        } finally {
          depth--;
        }
        if (depth === 0) tell(kernelName, call, [outputs].flat());
        return outputs;
      },
    });
  return twin;
}

/** Tells the listener of a kernel that has run; what it refuses leaves no data. */
function tell(kernelName: string, call: KernelCall, outputs: TensorInfo[]): void {
  try {
    listener?.kernel(kernelName, Object.fromEntries(inputsOf(call)), call.attrs ?? {}, outputs);
  } catch (error) {
    for (const { dataId } of outputs) tf.backend().disposeData(dataId);
    throw error;
  }
}

/** The shapes of what these give depend on the numbers that they are given. */
const UNKNOWN_SHAPES =
  /^(Unique|Where|NonMaxSuppressionV[35]|SparseFillEmptyRows|SparseSegment.*|Ragged.*)$/;

function refuseUnknownShapes(kernelName: string): void {
  if (UNKNOWN_SHAPES.test(kernelName))
    throw new EngineError(
      `compile: the shape of what ${kernelName}${userLine()} gives depends on numbers, and the shapes of a program ` +
        'are fixed when it is recorded. Do it outside.',
    );
}

/**
 * Do the kernels of a backend take the form of a tensor for it? Those of the native add-on want tensors that the engine knows;
 * their memory shrinks again, so there is less to spare.
 */
function takesForms(backend: string): boolean {
  return backend === 'wasm' || backend === 'cpu';
}

/** Another copy of this package may be there, with twins of its own. */
function freeName(name: string): string {
  return name in tf.engine().registryFactory ? freeName(`${name}'`) : name;
}

/**
 * The kernels of a backend. What it lacks is borrowed from the one in plain JavaScript, which is slow but runs once:
 * the record is run elsewhere.
 */
function kernelsOf(name: string, inner: tf.KernelBackend): Map<string, tf.KernelFunc> {
  const kernels = new Map<string, tf.KernelFunc>();
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu'))
    kernels.set(kernelName, (call) => borrowed(kernelFunc, call, inner));
  for (const { kernelName, kernelFunc } of tf.getKernelsForBackend(name))
    kernels.set(kernelName, (call) => kernelFunc({ ...call, backend: inner }));
  return kernels;
}

/** Runs a kernel of the `cpu` backend for another: inputs and outputs are copied. */
function borrowed(
  kernel: tf.KernelFunc,
  call: KernelCall,
  inner: tf.KernelBackend,
): TensorInfo | TensorInfo[] {
  const cpu = tf.engine().findBackend('cpu');
  const copied =
    (from: tf.KernelBackend, to: tf.KernelBackend) =>
    ({ dataId, shape, dtype }: TensorInfo): TensorInfo => ({
      dataId: to.write(from.readSync(dataId), shape, dtype),
      shape,
      dtype,
    });
  const own = withInputs({ ...call, backend: cpu }, copied(inner, cpu));
  const outputs = kernel(own);
  const returned = Array.isArray(outputs)
    ? outputs.map(copied(cpu, inner))
    : copied(cpu, inner)(outputs);
  const borrowed = [...inputsOf(own).map(([, input]) => input), outputs].flat();
  for (const { dataId } of borrowed) cpu.disposeData(dataId, true);
  return returned;
}

/**
 * Runs `fn` and tells `to` of every kernel.
 *
 * @param keeping whether large results have numbers; else they are hollow, on the engines 'wasm' and 'cpu'
 * @throws EngineError where `fn` reads the numbers of a tensor, which a recording cannot follow
 */
export function record<T>(fn: () => T, to: Listener, keeping: 'all' | 'small'): T {
  const engine = tf.engine();
  const name = engine.backendName;
  const twin = twinOf(name);
  const reading = refuseReading(engine);
  const random = Math.random;
  Math.random = () => {
    to.chance(userLine());
    return random();
  };
  listener = to;
  isSparing = keeping === 'small' && takesForms(name);
  // Ready backends are set before the promise is returned.
  void engine.setBackend(twin.name);
  try {
    const result = fn();
    // Whoever catches the refusal has not got the numbers either.
    if (reading.refusal !== undefined) throw reading.refusal;
    if (engine.backendName !== twin.name)
      throw new EngineError(
        `compile: the compiled function changes the engine, to ${engine.backendName}. Change it outside.`,
      );
    return result;
  } catch (error) {
    throw reading.refusal ?? error;
  } finally {
    listener = undefined;
    isSparing = false;
    twin.hollow.clear();
    void engine.setBackend(name);
    Math.random = random;
    reading.allow();
  }
}

/** From now on, whoever reads numbers is told not to, but for the engine itself, which moves them between backends. */
function refuseReading(engine: ReturnType<typeof tf.engine>) {
  const readSync = engine.readSync.bind(engine);
  const moveData = engine.moveData.bind(engine);
  const reading = {
    refusal: undefined as EngineError | undefined,
    allow: () => {
      // What the class itself has comes to light again.
      for (const replaced of ['readSync', 'read', 'moveData'])
        Reflect.deleteProperty(engine, replaced);
    },
  };
  const refusal = () =>
    (reading.refusal ??= new EngineError(
      `compile: the compiled function reads the numbers of a tensor (dataSync, arraySync, print, data)${userLine()}. ` +
        'A recording has one path: return the tensor and read it outside.',
    ));
  const refuse = (): never => {
    throw refusal();
  };
  engine.readSync = refuse;
  engine.read = () => {
    refusal();
    // The call fails by itself; a promise that failed as well might be nobody's.
    return new Promise(() => undefined);
  };
  engine.moveData = (backend, dataId) => {
    engine.readSync = readSync;
    try {
      moveData(backend, dataId);
    } finally {
      engine.readSync = refuse;
    }
  };
  return reading;
}
