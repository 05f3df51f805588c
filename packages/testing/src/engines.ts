import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe } from 'vitest';

/** The add-ons of each engine; `cpu` is part of TensorFlow.js. */
const ADD_ON: Readonly<Record<string, string>> = {
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};

/** cpu and wasm everywhere, the native engine where it is installed; cpu alone in double precision. */
const engines = ['cpu', 'wasm', 'tensorflow'].filter(
  (engine) =>
    engine === 'cpu' || (Float32Array.BYTES_PER_ELEMENT === 4 && isInstalled(ADD_ON[engine]!)),
);

/**
 * Describes the same tests once for every engine, with that engine in use while they run.
 *
 * Make tensors inside the tests, not in the body: the body runs before the engine is set.
 */
export function onEachEngine(body: (engine: string) => void): void {
  describe.each(engines)('on %s', (engine) => {
    beforeAll(async () => {
      // Loaded only here: an engine that is merely registered would become the default of other tests.
      if (engine !== 'cpu') await import(/* @vite-ignore */ ADD_ON[engine]!);
      if (!(await tf.setBackend(engine)))
        throw new Error(`Engine ${engine} is installed but does not start.`);
    });
    afterAll(() => tf.setBackend('cpu'));
    body(engine);
  });
}

function isInstalled(addOn: string): boolean {
  try {
    import.meta.resolve(addOn);
    return true;
  } catch {
    return false;
  }
}
