import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/**
 * Expects that `run` leaves no tensor behind but those that it returns, which are then disposed.
 *
 * @param run may be asynchronous; then so is the check: `await expectNoLeak(async () => ...)`
 */
export function expectNoLeak(run: () => Promise<unknown>): Promise<void>;
export function expectNoLeak(run: () => unknown): undefined;
export function expectNoLeak(run: () => unknown): Promise<void> | undefined {
  const before = tf.memory().numTensors;
  const check = (result: unknown) => {
    tf.dispose(result as tf.TensorContainer);
    expect(tf.memory().numTensors - before, 'tensors left behind').toBe(0);
  };
  const result = run();
  if (result instanceof Promise) return result.then(check);
  check(result);
}
