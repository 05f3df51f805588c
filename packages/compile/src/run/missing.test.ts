/** Where no ONNX Runtime is installed, or one that does not load. */
import { EngineError } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

/** Stand for what the user has installed. */
const installed = vi.hoisted(() => new Map<string, () => unknown>());

vi.mock('@pushforward/tensors', async (original) => ({
  ...(await original<object>()),
  importPackage: (name: string) => Promise.resolve().then(() => installed.get(name)?.()),
}));

const broken = new Error('libonnxruntime.so.1: cannot open shared object file');
const fails = () => {
  throw new EngineError(`onnxruntime-node is installed but does not load: ${broken.message}`, {
    cause: broken,
  });
};

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
let compile: typeof import('../compile.js').compile;

// What was found, and that it was told, is remembered.
beforeEach(async () => {
  vi.resetModules();
  ({ compile } = await import('../compile.js'));
});
afterEach(() => {
  installed.clear();
  warn.mockClear();
});

const double = (x: tf.Tensor) => tf.mul(x, 2);
const command =
  /npm install onnxruntime-node.*npm install onnxruntime-web.*useRuntime.*'onnxruntime-web\/wasm'/;

async function failureOf(options: Parameters<typeof compile>[1]): Promise<Error> {
  const failure = await compile(double, options)(tf.ones([1])).catch((error: unknown) => error);
  // Modules are loaded anew, errors with them.
  expect((failure as Error).name).toBe('EngineError');
  return failure as Error;
}

describe('not installed', () => {
  test('replay serves, and what is missing is said once, with the command that adds it', async () => {
    for (const size of [1, 2])
      expect(valuesOf(await compile(double)(tf.ones([size])))).toEqual(Array(size).fill(2));
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.lastCall![0]).toMatch(/ONNX Runtime is not installed/);
    expect(warn.mock.lastCall![0]).toMatch(command);
  });

  test('whoever asks for replay is not told', async () => {
    expect(valuesOf(await compile(double, { target: 'replay' })(tf.ones([1])))).toEqual([2]);
    expect(warn).not.toHaveBeenCalled();
  });

  test.each([{ target: 'onnx' } as const, { precision: 'float64' } as const])(
    'an error where it is needed: %o',
    async (options) => {
      const { message } = await failureOf(options);
      expect(message).toMatch(/ONNX Runtime is not installed/);
      expect(message).toMatch(command);
    },
  );
});

describe('broken', () => {
  beforeEach(() => installed.set('onnxruntime-node', fails));

  test('replay serves, and says what is broken', async () => {
    expect(valuesOf(await compile(double)(tf.ones([1])))).toEqual([2]);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.lastCall![0]).toMatch(broken.message);
    expect(warn.mock.lastCall![0]).not.toMatch(/is not installed/);
  });

  test('an error where it is needed, with the cause', async () => {
    const { message, cause } = await failureOf({ target: 'onnx' });
    expect(message).toMatch(
      `onnxruntime-node is installed but does not load: ${broken.message}. In Node: npm install`,
    );
    expect(cause).toBe(broken);
  });

  test('another one that is there is used, and says so', async () => {
    installed.set('onnxruntime-web', () => import('onnxruntime-web'));
    expect(valuesOf(await compile(double, { target: 'onnx' })(tf.ones([1])))).toEqual([2]);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.lastCall![0]).toMatch(/does not load.*Another build of ONNX Runtime is used/);
  });
});
