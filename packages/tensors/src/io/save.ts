import * as tf from '@tensorflow/tfjs';
import { fileHandler } from '#platform';
import { LoadError, MissingError, SaveError } from '../errors.js';
import type { Module } from '../module/module.js';
import type { Variable } from '../types.js';
import { fromArtifacts, type SavedModel, toArtifacts } from './format.js';
import { checkJson, type JsonValue } from './json.js';
import type { Weight } from './safetensors.js';

/**
 * Saves a module: every variable by its path, trained or not, and a config from which it can be built again.
 *
 * `file://folder` (in Node) writes `folder/config.json` and `folder/weights.safetensors`; whenever the machine stops,
 * the folder holds the whole model before or the whole model after. The other addresses are those of TensorFlow.js:
 * `indexeddb://name`, `localstorage://name`, `downloads://name` and, as a POST, `https://...`.
 *
 * @param target an address, or a handler with a method `save`
 * @param config what {@link load} hands to `build`
 * @throws {SaveError} the target cannot be written: no such kind of address, read-only, full
 * @throws {DomainError} the config holds what JSON cannot
 *
 * @example
 * ```ts
 * import { load, Module, parameter, save } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * class Line extends Module {
 *   readonly slope = parameter(tf.scalar(2));
 *   readonly offset = parameter(tf.scalar(1));
 * }
 *
 * let saved: tf.io.ModelArtifacts = {};
 * const memory = tf.io.withSaveHandler(async (model) => {
 *   saved = model;
 *   return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
 * });
 * await save(memory, new Line(), { degree: 1 });
 * const line = await load(tf.io.fromMemory(saved), () => new Line());
 * console.log([...line.namedParameters().keys()]); // [ 'slope', 'offset' ]
 * ```
 */
export async function save(
  target: string | tf.io.IOHandler,
  module: Module,
  config: JsonValue = null,
): Promise<void> {
  checkJson('save: config', config);
  try {
    const handler = handlerOf(target, tf.io.getSaveHandlers);
    if (handler.save === undefined) throw new SaveError('it can only load');
    const { errors } = await handler.save(toArtifacts({ config, weights: await read(module) }));
    if (errors !== undefined && errors.length > 0) throw new SaveError(JSON.stringify(errors));
  } catch (cause) {
    throw new SaveError(`save: ${nameOf(target)}: ${reason(cause)}.`, { cause });
  }
}

/**
 * Loads a saved module.
 *
 * @param source an address as for {@link save} (`https://.../config.json` for a served folder), or a handler with a method `load`
 * @param build makes the module, with any weights, from the config that was saved
 * @throws {MissingError} nothing is saved there
 * @throws {LoadError} it is damaged, or its weights are not exactly those of the module: the message lists the missing, the unexpected and the misshapen; the module that `build` made is disposed
 */
export async function load<M extends Module>(
  source: string | tf.io.IOHandler,
  build: (config: JsonValue) => M,
): Promise<M> {
  const { config, weights } = await open(source);
  const module = build(config);
  try {
    assign(nameOf(source), module, weights);
  } catch (error) {
    module.dispose();
    throw error;
  }
  return module;
}

/**
 * Loads saved weights into a module that exists, such as a checkpoint into what is being trained.
 *
 * @param source as for {@link load}
 * @param accept looks at the config before any weight changes, and throws to refuse it
 * @returns the config that was saved
 * @throws {LoadError} as {@link load} does; the module is then as it was before
 */
export async function restore(
  source: string | tf.io.IOHandler,
  module: Module,
  accept?: (config: JsonValue) => void,
): Promise<JsonValue> {
  const { config, weights } = await open(source);
  accept?.(config);
  assign(nameOf(source), module, weights);
  return config;
}

async function open(source: string | tf.io.IOHandler): Promise<SavedModel> {
  try {
    const handler = handlerOf(source, tf.io.getLoadHandlers);
    if (handler.load === undefined) throw new LoadError('it can only save');
    return fromArtifacts(await handler.load());
  } catch (cause) {
    const isMissing = cause instanceof MissingError || (await isEmptyStore(source));
    throw new (isMissing ? MissingError : LoadError)(`load: ${nameOf(source)}: ${reason(cause)}.`, {
      cause,
    });
  }
}

/** Whether this is an address in one of a browser's stores, which list what they hold, and nothing is there. */
async function isEmptyStore(source: string | tf.io.IOHandler): Promise<boolean> {
  if (typeof source !== 'string' || !/^(indexeddb|localstorage):/.test(source)) return false;
  return tf.io.getLoadHandlers(source).length > 0 && !(source in (await tf.io.listModels()));
}

async function read(module: Module): Promise<Map<string, Weight>> {
  // All values are asked for before the first is waited for: they are of the same moment.
  const weights = [...module.namedVariables()].map(async ([name, variable]) => {
    const values = await variable.data();
    return [name, { dtype: dtypeOf(name, variable), shape: variable.shape, values }] as const;
  });
  return new Map(await Promise.all(weights));
}

/** Gives the variables the weights of the same names, if they fit one to one; else changes nothing. */
function assign(source: string, module: Module, weights: ReadonlyMap<string, Weight>): void {
  const variables = module.namedVariables();
  const missing = [...variables.keys()].filter((name) => !weights.has(name));
  const unexpected = [...weights.keys()].filter((name) => !variables.has(name));
  const misshapen = [...variables].flatMap(([name, variable]) => {
    const weight = weights.get(name);
    if (weight === undefined) return [];
    const [found, expected] = [describe(weight), describe(variable)];
    return found === expected ? [] : [`${name} (${found}, expected ${expected})`];
  });
  const faults = Object.entries({ missing, unexpected, misshapen }).filter(
    ([, names]) => names.length > 0,
  );
  if (faults.length > 0)
    throw new LoadError(
      `load: ${source}: the weights do not fit the module. ${faults.map(([fault, names]) => `${fault}: ${names.join(', ')}`).join('; ')}.`,
    );
  tf.tidy(() => {
    for (const [name, variable] of variables) {
      const { values, shape, dtype } = weights.get(name)!;
      variable.assign(tf.tensor(values, [...shape], dtype));
    }
  });
}

function describe({
  dtype,
  shape,
}: Pick<tf.Tensor, 'dtype'> & { shape: readonly number[] }): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function dtypeOf(name: string, { dtype }: Variable): Weight['dtype'] {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new SaveError(`${name} holds ${dtype}; only float32, int32 and bool can be saved`);
}

/** Our own files everywhere, so that they are the same with and without tfjs-node; the rest is TensorFlow.js's. */
function handlerOf(
  place: string | tf.io.IOHandler,
  registered: (url: string) => tf.io.IOHandler[],
): tf.io.IOHandler {
  if (typeof place !== 'string') return place;
  if (place.startsWith('file://')) return fileHandler(place.slice('file://'.length));
  const [handler] = registered(place);
  if (handler === undefined)
    throw new Error(
      'nothing here handles such an address; known are file://folder in Node, indexeddb://name, localstorage://name and downloads://name in a browser, and https://',
    );
  return handler;
}

function nameOf(place: string | tf.io.IOHandler): string {
  return typeof place === 'string' ? place : 'the handler';
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.+$/, '');
}
