import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DomainError, LoadError } from '../errors.js';
import { Module, parameter, state } from '../module/module.js';
import type { JsonValue } from './json.js';
import { load, restore, save } from './save.js';
import { Layer, Model, memory, trained, valuesOf } from './testing/models.js';

onEachEngine(() => {
  it('loads what was saved, to the last bit, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const handler = memory();
    const model = trained();
    const config = {
      flow: 'maf',
      hidden: [3, 2],
      deep: { nothing: null, yes: true, absent: undefined },
    };
    await save(handler, model, config);
    let found: JsonValue = null;
    const loaded = await load(handler, (it) => {
      found = it;
      return new Model(3, 2);
    });
    expect(valuesOf(loaded)).toEqual(valuesOf(model));
    expect(found).toEqual(config);
    model.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('restores into a module that exists', async () => {
    const before = tf.memory().numTensors;
    const handler = memory();
    const [model, other] = [trained(), new Model(3, 2)];
    await save(handler, model, 'config');
    const step = other.step;
    expect(await restore(handler, other)).toBe('config');
    expect(valuesOf(other)).toEqual(valuesOf(model));
    expect(other.step).toBe(step);
    model.dispose();
    other.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('weights that do not fit', () => {
  const message =
    'load: the handler: the weights do not fit the module. missing: layers.1.weight, layers.1.bias, extra; unexpected: step, seen; misshapen: layers.0.weight (float32 [3, 2], expected float32 [4, 2]), layers.0.bias (float32 [2], expected int32 [2]).';

  class Other extends Module {
    readonly layers = [new Layer(4), new Layer(2)];
    readonly extra = tf.tidy(() => parameter(tf.scalar(1)));

    constructor() {
      super();
      this.layers[0]!.bias.dispose();
      Object.assign(this.layers[0]!, {
        bias: tf.tidy(() => state(tf.zeros([2], 'int32'))),
      });
    }
  }

  class Single extends Module {
    readonly layers = [new Layer(3)];
    readonly step = tf.tidy(() => state(tf.scalar(0, 'int32')));
    readonly seen = tf.tidy(() => state(tf.tensor1d([false], 'bool')));
  }

  it('are listed, and the module that was built is disposed', async () => {
    const before = tf.memory().numTensors;
    const handler = memory();
    const model = new Single();
    await save(handler, model);
    const failure = await load(handler, () => new Other()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LoadError);
    expect((failure as Error).message).toBe(message);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leave a module that exists as it was', async () => {
    const handler = memory();
    const [model, other] = [trained(), new Model(3, 3)];
    const before = valuesOf(other);
    await save(handler, model);
    await expect(restore(handler, other)).rejects.toThrow(
      'misshapen: layers.1.weight (float32 [2, 2], expected float32 [3, 2])',
    );
    expect(valuesOf(other)).toEqual(before);
    model.dispose();
    other.dispose();
  });

  it('are not looked at where the config is refused', async () => {
    const handler = memory();
    const [model, other] = [trained(), new Model(3, 2)];
    const before = valuesOf(other);
    await save(handler, model, { key: 1 });
    const refuse = (config: JsonValue) => {
      throw new Error(`not with ${JSON.stringify(config)}`);
    };
    await expect(restore(handler, other, refuse)).rejects.toThrow('not with {"key":1}');
    expect(valuesOf(other)).toEqual(before);
    model.dispose();
    other.dispose();
  });
});

it.each<[unknown, string]>([
  [{ loss: Number.NaN }, 'save: config.loss is NaN'],
  [{ best: [1, Number.POSITIVE_INFINITY] }, 'save: config.best.1 is Infinity'],
  [[undefined], 'save: config.0 is Undefined'],
  [{ when: new Date(0) }, 'save: config.when is Date'],
  [new Float32Array(2), 'save: config is Float32Array'],
  [{ f: () => 1 }, 'save: config.f is Function'],
  [{ n: 1n }, 'save: config.n is BigInt'],
])('a config with what JSON cannot hold is an error: %o', async (config, message) => {
  const model = new Model();
  const saving = save(memory(), model, config as JsonValue);
  await expect(saving).rejects.toThrow(DomainError);
  await expect(saving).rejects.toThrow(message);
  model.dispose();
});
