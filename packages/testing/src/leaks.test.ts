import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { expectNoLeak } from './index.js';

describe('expectNoLeak', () => {
  it('allows results and nothing else', async () => {
    expectNoLeak(() => [tf.ones([2]), { y: tf.ones([3]) }]);
    await expectNoLeak(async () => {
      const x = tf.ones([2]);
      await x.data();
      return x;
    });
  });

  it('notices what is left', async () => {
    const leaky = () => tf.exp(tf.ones([2]));
    expect(() => {
      expectNoLeak(leaky);
    }).toThrow('tensors left behind');
    await expect(expectNoLeak(() => Promise.resolve(leaky()))).rejects.toThrow('tensors left');
  });
});
