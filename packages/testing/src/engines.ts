import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, it } from 'vitest';

/** Not named where it is imported: few have installed it, and nothing here depends on it. */
const NATIVE = '@tensorflow/tfjs-node';

/** Loaded only when their turn comes: an engine that is merely registered would become the default of other tests. */
const load: Readonly<Record<string, () => Promise<unknown>>> = {
  cpu: () => Promise.resolve(),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  tensorflow: () => {
    // Node 23 removed what the add-on calls (tensorflow/tfjs issue 8609).
    const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
    legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
    // No remarks, only warnings.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
    return import(/* @vite-ignore */ NATIVE);
  },
};

/** cpu and wasm everywhere, the native engine where it is installed; cpu alone in double precision. */
const engines =
  Float32Array.BYTES_PER_ELEMENT === 8
    ? ['cpu']
    : ['cpu', 'wasm', ...(isInstalled(NATIVE) ? ['tensorflow'] : [])];

/**
 * Describes the same tests once for every engine, with that engine in use while they run.
 *
 * Make tensors inside the tests, not in the body: the body runs before the engine is set.
 */
export function onEachEngine(body: (engine: string) => void): void {
  for (const engine of engines) onEngine(engine, body);
}

/** Describes tests with the native engine in use; where it is not installed, skips them with a message. */
export function onTensorFlow(body: () => void): void {
  if (engines.includes('tensorflow')) {
    onEngine('tensorflow', body);
    return;
  }
  const reason = `${NATIVE} is not installed: run 'pnpm native'`;
  console.warn(`SKIPPED tests of the engine tensorflow: ${reason}.`);
  it.skip(`on tensorflow (${reason})`, () => undefined);
}

function onEngine(engine: string, body: (engine: string) => void): void {
  describe(`on ${engine}`, () => {
    beforeAll(async () => {
      await load[engine]!();
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
