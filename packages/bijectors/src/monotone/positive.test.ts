import { type Tensor, useEngine } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { positive } from './positive.js';

onEachEngine((engine) => {
  beforeAll(() => useEngine(engine as 'cpu'));

  it.each([
    ['elu', (z: number) => (z > 0 ? 1 + z : Math.exp(z))],
    ['softplus', (z: number) => Math.log1p((Math.E - 1) * Math.exp(z))],
  ] as const)('%s and its logarithm keep their digits, however small', (name, exact) => {
    const z = [-80, -40, -17, -15, -12, -6, -2, -0.5, 0, 0.5, 3, 60];
    const { value, log } = positive(name, 0);
    tf.tidy(() => {
      expect(value(tf.tensor1d(z))).toBeAllClose(z.map(exact), { abs: 0, rel: 1e-5 });
      const logs = z.map((z) => Math.log(exact(z)));
      expect(log(tf.tensor1d(z))).toBeAllClose(logs, { abs: 2e-6, rel: 1e-6 });
      const slopes = z.map((z) => (Math.log(exact(z + 1e-5)) - Math.log(exact(z - 1e-5))) / 2e-5);
      expect(tf.grad((z: Tensor) => log(z))(tf.tensor1d(z))).toBeAllClose(slopes, { abs: 1e-5 });
    });
  });

  describe.each([0, 0.25])('ELU + 1 with least slope %d', (least) => {
    const { value, log } = positive('elu', least);

    it('the logarithm is that of the value, in its derivative too, also where the pieces meet', () => {
      tf.tidy(() => {
        const z = tf.tensor1d([-5, -1e-3, 0, 1e-3, 5]);
        expect(log(z)).toBeAllClose(tf.log(value(z)), { abs: 1e-6 });
        const relative = tf.div(tf.grad((z: Tensor) => value(z))(z), value(z));
        expect(tf.grad((z: Tensor) => log(z))(z)).toBeAllClose(relative, { abs: 1e-6 });
        expect(valuesOf(tf.grad((z: Tensor) => log(z))(tf.zeros([1])))[0]).toBeCloseTo(
          1 - least,
          6,
        );
      });
    });

    it('passes NaN on, with the gradient', () => {
      tf.tidy(() => {
        const z = tf.tensor1d([Number.NaN, 1]);
        const results = [value(z), log(z), tf.grad((z: Tensor) => log(z))(z)];
        for (const result of results)
          expect(valuesOf(result).map(Number.isNaN)).toEqual([true, false]);
      });
    });
  });
});
