/** Where models can be saved, other than folders. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoadError, MissingError, SaveError } from '../errors.js';
import { load, restore, save } from './save.js';
import { Model, memory, trained, valuesOf } from './testing/models.js';

afterEach(() => {
  vi.unstubAllGlobals();
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
