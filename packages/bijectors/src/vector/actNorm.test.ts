import { Key } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { ActNorm, chain, invert, Reverse } from '../index.js';

onEachEngine(() => {
  describe('ActNorm', () => {
    // Columns of mean 3 and deviation 2, of mean -1 and deviation 0.1, and a constant one.
    const batch = () =>
      tf.tidy(() => {
        const noise = Key.from(8).normal([1000, 3]);
        return tf.add(tf.mul(noise, tf.tensor1d([2, 0.1, 0])), tf.tensor1d([3, -1, 0.3]));
      });

    test.each(['prepare', 'prepareInverse'] as const)('%s standardises a batch, once', (start) => {
      const norm = new ActNorm(3);
      const map = start === 'prepare' ? norm : invert(norm);
      tf.tidy(() => {
        const x = batch();
        norm[start](x);
        const y = map.forward(x);
        const { mean, variance } = tf.moments(y, 0);
        expect(mean).toBeAllClose([0, 0, 0], { abs: 1e-4 });
        expect(variance).toBeAllClose([1, 1, 0], { abs: 1e-4 });
        norm[start](tf.mul(x, 7));
        expect(map.forward(x)).toBeAllClose(y, {});
      });
      expectNoLeak(() => {
        const x = batch();
        norm[start](x);
        x.dispose();
      });
      norm.dispose();
    });

    test('standardises columns of very different scales, and leaves a constant one its own', () => {
      const norm = new ActNorm(3);
      tf.tidy(() => {
        const noise = Key.from(9).normal([1000, 3]);
        const x = tf.add(tf.mul(noise, tf.tensor1d([100, 0.01, 0])), tf.tensor1d([0, 2, 0.3]));
        norm.prepare(x);
        const [y, logDet] = norm.forwardAndLogDet(x);
        expect(tf.moments(y, 0).variance).toBeAllClose([1, 1, 0], { abs: 1e-3 });
        const logs = valuesOf(tf.log(tf.moments(noise, 0).variance));
        const expected = -Math.log(100) - Math.log(0.01) - 0.5 * (logs[0]! + logs[1]!);
        expect(logDet).toBeAllClose(expected, { abs: 1e-3 });
      });
      norm.dispose();
    });

    test('shows a NaN in the data it starts from', () => {
      const norm = new ActNorm(2);
      tf.tidy(() => {
        norm.prepare(
          tf.tensor2d([
            [1, Number.NaN],
            [3, 4],
          ]),
        );
        expect(valuesOf(norm.forwardAndLogDet(tf.zeros([1, 2]))[1])).toEqual([Number.NaN]);
      });
      norm.dispose();
    });

    test('starts inside a chain from what the steps before it give, in either direction', () => {
      const [first, second] = [new ActNorm(3), new ActNorm(3)];
      const map = chain([first, new Reverse(3), second]);
      tf.tidy(() => {
        const x = batch();
        map.prepare(x);
        const { mean, variance } = tf.moments(map.forward(x), 0);
        expect(mean).toBeAllClose(0, { abs: 1e-4 });
        expect(variance).toBeAllClose([0, 1, 1], { abs: 1e-4 });
      });
      const other = chain([new ActNorm(3), new Reverse(3), new ActNorm(3)]);
      tf.tidy(() => {
        const y = batch();
        invert(other).prepare(y);
        expect(tf.moments(other.inverse(y), 0).variance).toBeAllClose([0, 1, 1], { abs: 1e-4 });
      });
      map.dispose();
      other.dispose();
    });

    test('keeps in its state that it has started', () => {
      const norm = new ActNorm(3);
      const started = () => norm.namedVariables().get('initialised')!.dataSync()[0];
      expect(started()).toBe(0);
      expect([...norm.namedParameters().keys()]).toEqual(['mean', 'logScale']);
      const x = batch();
      norm.prepare(x);
      expect(started()).toBe(1);
      x.dispose();
      norm.dispose();
    });
  });
});
