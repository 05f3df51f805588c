import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainError, LoadError, MissingError, SaveError } from '../errors.js';
import { constant, Module, parameter, state } from '../module/module.js';
import type { JsonValue } from './json.js';
import { load, restore, save } from './save.js';

class Layer extends Module {
  readonly weight;
  readonly bias = tf.tidy(() => parameter(tf.zeros([2])));

  constructor(inputs: number) {
    super();
    this.weight = tf.tidy(() => parameter(tf.ones([inputs, 2])));
  }
}

class Model extends Module {
  readonly layers: Layer[];
  readonly step = tf.tidy(() => state(tf.scalar(0, 'int32')));
  readonly seen = tf.tidy(() => state(tf.tensor1d([false, false, false], 'bool')));
  readonly mask = constant(() => tf.ones([2]));

  constructor(...inputs: number[]) {
    super();
    this.layers = inputs.map((size) => new Layer(size));
  }
}

/** A model none of whose numbers are those that it starts with. */
function trained(): Model {
  const model = new Model(3, 2);
  tf.tidy(() => {
    model.layers[0]!.weight.assign(
      tf.tensor2d([
        [1, 2],
        [Number.NaN, -0],
        [3e-40, 3e38],
      ]),
    );
    model.layers[1]!.bias.assign(tf.tensor1d([Number.POSITIVE_INFINITY, 7]));
    model.step.assign(tf.scalar(-(2 ** 31), 'int32'));
    model.seen.assign(tf.tensor1d([true, false, true], 'bool'));
  });
  return model;
}

function valuesOf(module: Module): [string, string, number[], number[]][] {
  return [...module.namedVariables()].map(([name, it]) => [
    name,
    it.dtype,
    it.shape,
    Array.from(it.dataSync()),
  ]);
}

/** A handler that keeps what it is given, as bytes and JSON like any real one. */
function memory() {
  let kept: string | undefined;
  let bytes: Uint8Array | undefined;
  const handler = {
    save({ weightData, ...rest }: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
      kept = JSON.stringify(rest);
      bytes = new Uint8Array(weightData as ArrayBuffer).slice();
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
      });
    },
    load(): Promise<tf.io.ModelArtifacts> {
      const rest = JSON.parse(kept!) as tf.io.ModelArtifacts;
      // In two pieces, as downloads may come.
      return Promise.resolve({
        ...rest,
        weightData: [bytes!.slice(0, 11).buffer, bytes!.slice(11).buffer],
      });
    },
  };
  return handler;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

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

describe('a place', () => {
  it('of an unknown kind is an error', async () => {
    const model = new Model();
    await expect(save('s3://bucket', model)).rejects.toThrow(SaveError);
    await expect(save('indexeddb://model', model)).rejects.toThrow(
      'known are file://folder in Node',
    );
    const loading = load('indexeddb://model', () => model);
    await expect(loading).rejects.toThrow(LoadError);
    await expect(loading).rejects.not.toThrow(MissingError);
    model.dispose();
  });

  it('that fails is an error with its reason', async () => {
    const model = new Model();
    const failing: tf.io.IOHandler = {
      save: () => Promise.reject(new Error('quota exceeded')),
      load: () => Promise.reject(new Error('no such key')),
    };
    await expect(save(failing, model)).rejects.toThrow('save: the handler: quota exceeded.');
    await expect(load(failing, () => model)).rejects.toThrow('load: the handler: no such key.');
    await expect(save({ load: failing.load! }, model)).rejects.toThrow('it can only load');
    await expect(load({ save: failing.save! }, () => model)).rejects.toThrow('it can only save');
    const complaining = tf.io.withSaveHandler(() =>
      Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
        errors: ['half of it'],
      }),
    );
    await expect(save(complaining, model)).rejects.toThrow('half of it');
    model.dispose();
  });

  it('that holds a model of TensorFlow.js is an error', async () => {
    const foreign = tf.io.fromMemory({
      modelTopology: {},
      weightSpecs: [],
      weightData: new ArrayBuffer(0),
    });
    await expect(load(foreign, () => new Model())).rejects.toThrow('its format is undefined');
  });

  it('may be the storage of a browser', async () => {
    const items = new Map<string, string>();
    vi.stubGlobal('window', {
      localStorage: {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => items.set(key, value),
        key: (index: number) => [...items.keys()][index],
        get length() {
          return items.size;
        },
      },
    });
    const isBrowser = tf.env().getBool('IS_BROWSER');
    tf.env().set('IS_BROWSER', true);
    const [model, other] = [trained(), new Model(3, 2)];
    try {
      await save('localstorage://model', model, { n: 1 });
      expect(await restore('localstorage://model', other)).toEqual({ n: 1 });
      await expect(restore('localstorage://none', other)).rejects.toThrow(MissingError);
    } finally {
      tf.env().set('IS_BROWSER', isBrowser);
    }
    expect(valuesOf(other)).toEqual(valuesOf(model));
    model.dispose();
    other.dispose();
  });

  it('may be a folder on a server', async () => {
    const handler = memory();
    const [model, other] = [trained(), new Model(3, 2)];
    await save(handler, model, { n: 2 });
    const { weightData, weightSpecs, ...config } = await handler.load();
    const bytes = Buffer.concat((weightData as ArrayBuffer[]).map((part) => Buffer.from(part)));
    const weightsManifest = [{ paths: ['weights.safetensors'], weights: weightSpecs }];
    const server = await serve({
      '/line/config.json': JSON.stringify({ ...config, weightsManifest }),
      '/line/weights.safetensors': bytes,
    });
    const { port } = server.address() as AddressInfo;
    try {
      const url = `http://127.0.0.1:${port}/line/config.json`;
      expect(await restore(url, other)).toEqual({ n: 2 });
      expect(valuesOf(other)).toEqual(valuesOf(model));
      await expect(restore(url.replace('line', 'none'), other)).rejects.toThrow(LoadError);
    } finally {
      server.close();
    }
    model.dispose();
    other.dispose();
  });
});

function serve(files: Record<string, string | Buffer>): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const content = files[url!];
    response.statusCode = content === undefined ? 404 : 200;
    response.end(content);
  });
  return new Promise((ready) =>
    server.listen(0, '127.0.0.1', () => {
      ready(server);
    }),
  );
}

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
