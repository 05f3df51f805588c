import * as tf from '@tensorflow/tfjs';
import { environment, isNode } from '#platform';
import { checkOptions } from '../check.js';
import { EngineError, OptionError } from '../errors.js';
import {
  candidates,
  type EngineName,
  type EngineOptions,
  engineNames,
  notInstalled,
  tensorFlowUsesGPU,
} from './candidates.js';

/** An engine that would be faster than the one in use. */
export interface FasterEngine {
  /** Its name. */
  readonly engine: EngineName;
  /** The command that installs it. */
  readonly install: string;
  /** Why it is not in use. */
  readonly why: string;
}

/** The engine in use. */
export interface EngineDescription {
  /** Name of the engine, or of the TensorFlow.js backend where one that is no engine here was set by hand. */
  readonly engine: string;
  /** TensorFlow.js's name of its backend. */
  readonly backend: string;
  /** Version of TensorFlow.js. */
  readonly version: string;
  /** Threads of the CPU that work; undefined where a GPU does. */
  readonly threads: number | undefined;
  /** Bits of a floating-point number. */
  readonly precision: 16 | 32;
  /** The faster engines, the fastest first. */
  readonly faster: readonly FasterEngine[];
  /** All of it in words. */
  readonly summary: string;
}

/** Why an engine that was tried is not in use. */
const failures = new Map<EngineName, string>();
const working = new Set<EngineName>();
let turn: Promise<unknown> = Promise.resolve();

/**
 * Chooses what computes: the fastest engine that is installed and works, in the order `tensorflow-gpu`, `tensorflow`,
 * `webgpu`, `wasm`, `cpu`, or the one that is named here or in the environment variable `PUSHFORWARD_ENGINE`.
 *
 * An engine works if it gives the right product of two small matrices. Tensors made before stay usable. The first two
 * engines are native add-ons and, like `webgpu`, optional: without them a fresh install runs on `wasm`.
 *
 * @param name the engine; takes precedence over `PUSHFORWARD_ENGINE`
 * @returns the engine now in use
 * @throws {OptionError} the name is not one of an engine
 * @throws {EngineError} the engine that was asked for does not work here
 *
 * @example
 * ```ts
 * import { useEngine } from '@pushforward/tensors';
 *
 * const { engine, threads } = await useEngine('wasm');
 * console.log(engine, threads);
 * ```
 */
export async function useEngine(
  name?: EngineName,
  options: EngineOptions = {},
): Promise<EngineDescription> {
  checkOptions('useEngine', options, ['wasmPaths']);
  const asked = name ?? (environment('PUSHFORWARD_ENGINE') || undefined);
  if (asked !== undefined && !isEngineName(asked))
    throw new OptionError(
      `useEngine: unknown engine '${asked}'; known are ${engineNames.join(', ')}.`,
    );
  // TensorFlow.js has one engine at a time: calls take turns.
  const mine = turn.then(() =>
    asked === undefined ? startFastest(options) : startNamed(asked, options),
  );
  turn = mine.catch(() => undefined);
  await mine;
  return describeEngine();
}

/**
 * The engine in use, and how to get a faster one.
 *
 * @example
 * ```ts
 * import { describeEngine } from '@pushforward/tensors';
 *
 * console.log(describeEngine().summary);
 * ```
 */
export function describeEngine(): EngineDescription {
  const backend = tf.backend();
  const name = tf.getBackend();
  const engine = engineNames.find((engine) => isRunning(engine)) ?? name;
  const known = isEngineName(engine);
  const threads = known ? candidates[engine].threads() : undefined;
  const precision = backend.floatPrecision();
  const faster = known
    ? available()
        .slice(0, available().indexOf(engine))
        .map((engine) => ({ engine, install: installation(engine), why: whyNot(engine) }))
    : [];
  const version = tf.version.tfjs;
  const what = [
    `TensorFlow.js ${version}`,
    `float${precision}`,
    ...(threads === undefined ? [] : [`${threads} thread${threads === 1 ? '' : 's'}`]),
  ];
  const advice = faster.map(
    ({ engine, install, why }) => `${engine} (${why.endsWith(notInstalled) ? install : why})`,
  );
  return {
    engine,
    backend: name,
    version,
    threads,
    precision,
    faster,
    summary: `Engine ${engine}: ${what.join(', ')}.${advice.length === 0 ? '' : ` Faster: ${advice.join(', ')}.`}`,
  };
}

async function startFastest(options: EngineOptions): Promise<void> {
  for (const name of available()) {
    if (failures.has(name) && !(name === 'wasm' && options.wasmPaths !== undefined)) continue;
    try {
      await start(name, options);
      return;
    } catch {
      // start has noted why; the next engine has its turn.
    }
  }
  throw new EngineError(`useEngine: no engine works here: ${[...failures].join('; ')}.`);
}

async function startNamed(name: EngineName, options: EngineOptions): Promise<void> {
  try {
    await start(name, options);
  } catch (cause) {
    const why = failures.get(name)!;
    const advice = why.endsWith(notInstalled) ? ` Install it with: ${installation(name)}` : '';
    throw new EngineError(`useEngine: ${name} does not work here: ${why}.${advice}`, { cause });
  }
}

/** Makes the engine the one in use, or notes why it cannot be and leaves the one before in use. */
async function start(name: EngineName, options: EngineOptions): Promise<void> {
  const { backend, load, accept } = candidates[name];
  if (working.has(name) && isRunning(name)) return;
  silenceAdvertisement();
  const before = tf.getBackend() || 'cpu';
  try {
    await load(options);
    if (!(await tf.setBackend(backend)))
      throw new Error('its backend does not start; the console says why');
    accept?.();
    if (!working.has(name)) await prove();
    working.add(name);
    failures.delete(name);
  } catch (cause) {
    failures.set(name, firstLine(cause));
    await tf.setBackend(before);
    throw cause;
  }
}

/** Multiplies two matrices and looks at the result. */
async function prove(): Promise<void> {
  const product = tf.tidy(() =>
    tf.matMul(
      [
        [1, 2],
        [3, 4],
      ],
      [[5], [6]],
    ),
  );
  try {
    const [first, second] = await product.data();
    if (first !== 17 || second !== 39)
      throw new Error(
        `it multiplies wrongly: [17, 39] came out as [${first ?? ''}, ${second ?? ''}]`,
      );
  } finally {
    product.dispose();
  }
}

/** TensorFlow.js's cpu backend recommends tfjs-node on its first use in Node; `describeEngine` says it better. */
function silenceAdvertisement(): void {
  Object.assign(tf.findBackend('cpu'), { firstUse: false });
}

function isRunning(engine: EngineName): boolean {
  const { backend } = candidates[engine];
  if (tf.getBackend() !== backend) return false;
  return backend !== 'tensorflow' || tensorFlowUsesGPU() === (engine === 'tensorflow-gpu');
}

function available(): EngineName[] {
  return engineNames.filter((name) => isNode || candidates[name].backend !== 'tensorflow');
}

function whyNot(engine: EngineName): string {
  return (
    failures.get(engine) ?? (working.has(engine) ? 'it works, another was chosen' : 'not tried')
  );
}

function installation(engine: EngineName): string {
  const versioned = candidates[engine].packages.map((name) =>
    name.startsWith('@tensorflow/') ? `${name}@${tf.version.tfjs}` : name,
  );
  return `npm install ${versioned.join(' ')}`;
}

function isEngineName(name: string): name is EngineName {
  return (engineNames as readonly string[]).includes(name);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
