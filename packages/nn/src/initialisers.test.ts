import { Key } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, kolmogorovSmirnov } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  fanInUniform,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  scaled,
  zeros,
} from './index.js';

const fan = { in: 100, out: 300 };
const shape = [100, 300];

describe('initialisers', () => {
  it.each([
    ['fanInUniform', fanInUniform, 1 / 300],
    ['lecunUniform', lecunUniform, 1 / 100],
    ['glorotUniform', glorotUniform, 2 / 400],
    ['heUniform', heUniform, 2 / 100],
  ])('%s is uniform with its variance', (_, initialiser, variance) => {
    const bound = Math.sqrt(3 * variance);
    const values = initialiser(Key.from(1), shape, fan).dataSync<'float32'>();
    const distance = kolmogorovSmirnov(values, (x) =>
      Math.min(1, Math.max(0, (x + bound) / (2 * bound))),
    );
    expect(distance).toBeLessThan(dkwBound(values.length));
    // All of 30,000 draws are below 0.999 of the bound once in 10^13.
    const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    expect(largest / bound).toBeGreaterThan(0.999);
    expect(largest / bound).toBeLessThan(1 + 1e-6);
  });

  it.each([
    ['lecunNormal', lecunNormal, 1 / 100],
    ['glorotNormal', glorotNormal, 2 / 400],
    ['heNormal', heNormal, 2 / 100],
  ])('%s is normal with its variance', (_, initialiser, variance) => {
    const values = tf.div(initialiser(Key.from(1), shape, fan), Math.sqrt(variance));
    const square = tf.square(values);
    // Six standard errors of 30,000 draws: false alarms below 1e-8.
    expect(tf.mean(values)).toBeAllClose(0, { abs: 6 / Math.sqrt(30000) });
    expect(tf.mean(square)).toBeAllClose(1, { abs: 6 * Math.sqrt(2 / 30000) });
    expect(tf.mean(tf.square(square))).toBeAllClose(3, { abs: 6 * Math.sqrt(96 / 30000) });
  });

  it('are zero, or scaled, on request', () => {
    expect(zeros(Key.from(1), shape, fan)).toBeAllClose(0, {});
    const draw = heNormal(Key.from(1), shape, fan);
    expect(scaled(heNormal, 0.5)(Key.from(1), shape, fan)).toBeAllClose(tf.mul(draw, 0.5), {});
    expectNoLeak(() => scaled(lecunUniform, 0.5)(Key.from(1), shape, fan));
  });
});
