import * as tf from '@tensorflow/tfjs';
import { LoadError } from '../errors.js';
import { checksum } from './checksum.js';
import type { JsonValue } from './json.js';
import { decodeSafetensors, encodeSafetensors, type Weight } from './safetensors.js';

/** A model as it is saved. */
export interface SavedModel {
  readonly config: JsonValue;
  readonly weights: ReadonlyMap<string, Weight>;
}

const format = 'pushforward/1';

/**
 * The model in the terms of TensorFlow.js's handlers, which then carry it anywhere: the config stands where they expect
 * a topology, beside the checksum of the weights that belong to it; the weights are a safetensors file.
 */
export function toArtifacts({ config, weights }: SavedModel): tf.io.ModelArtifacts {
  const bytes = encodeSafetensors(weights);
  return {
    format,
    generatedBy: '@pushforward/tensors',
    modelTopology: { config, checksum: checksum(bytes) },
    weightSpecs: [],
    weightData: bytes.buffer,
  };
}

/** @throws {LoadError} these are not a model of this format, or its weights are damaged or another model's */
export function fromArtifacts(artifacts: tf.io.ModelArtifacts): SavedModel {
  const { config, checksum: expected } = parseTopology(artifacts);
  if (artifacts.weightData === undefined) throw new LoadError('its weights are missing');
  const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData));
  const found = checksum(bytes);
  if (found !== expected)
    throw new LoadError(
      `its weights are damaged, or another model's: their checksum is ${found}, not ${expected}`,
    );
  return { config, weights: decodeSafetensors(bytes) };
}

/** The config, and the checksum of the weights that belong to it. */
export function parseTopology(artifacts: Pick<tf.io.ModelArtifacts, 'format' | 'modelTopology'>): {
  config: JsonValue;
  checksum: string;
} {
  if (artifacts.format !== format)
    throw new LoadError(`its format is ${String(artifacts.format)}; known is ${format}`);
  const { config, checksum } = Object(artifacts.modelTopology) as Record<string, unknown>;
  if (config === undefined || typeof checksum !== 'string' || !/^[0-9a-f]{8}$/.test(checksum))
    throw new LoadError('its config or its checksum is missing');
  return { config: config as JsonValue, checksum };
}
