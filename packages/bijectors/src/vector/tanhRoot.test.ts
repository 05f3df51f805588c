import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { tanhRoot } from './tanhRoot.js';

onEachEngine(() => {
  it.each([
    [[1e-6, 1e-4, 0.02, 0.9, 1, 1.5, 20, 1000], 20],
    [[0.01, 0.1, 0.9, 1, 1.5, 1.98], 12],
  ])('leaves nothing but rounding for slopes of %j in %d evaluations', (slopes, steps) => {
    const r = tf.tensor1d(
      [-1, 1].flatMap((sign) => Array.from({ length: 140 }, (_, i) => sign * 10 ** (i / 10 - 7))),
    );
    for (const slope of slopes) {
      const t = tanhRoot(r, tf.fill(r.shape, slope), steps);
      const [k, at] = [Math.fround(slope) - 1, r.dataSync()];
      const roundings = Array.from(t.dataSync(), (t, i) => {
        const terms = [t, k * Math.tanh(t), -at[i]!];
        const sum = terms.reduce((sum, term) => sum + term);
        return sum / (2 ** -24 * terms.reduce((size, term) => size + Math.abs(term), 0));
      });
      expect(Math.max(...roundings.map(Math.abs)), `slope ${slope}`).toBeLessThan(4);
    }
  });
});
