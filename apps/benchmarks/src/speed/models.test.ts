import { Normalizer, rationalQuadraticSpline } from '@pushforward/bijectors';
import { exp, Key, softClip, softmax, type Tensor, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { BATCHES, rowsOf, Uniform } from './data.js';
import { flowOf } from './models.js';
import { type Subject, subjectOf } from './subject.js';
import { BINS, type FlowWorkload, type Workload, workloads } from './workloads.js';

beforeAll(async () => {
  await useEngine('wasm');
});

/** The spline as the workloads write it: sizes by softmax, slopes by exponentials. */
class CanonicalSpline extends Normalizer {
  override readonly parameterCount = 3 * BINS - 1;

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    const bound = Math.log(1000);
    const [w, v, d] = tf.split(h, [BINS, BINS, BINS - 1], -1) as [Tensor, Tensor, Tensor];
    const ends = (value: number) => tf.fill([...x.shape, 1], value);
    const knots = (sizes: Tensor) => {
      const shares = softmax(softClip(sizes, bound / 2));
      // The last axis by its number: on wasm a negative one is not understood.
      const sums = tf.concat([ends(0), tf.cumsum(shares, x.rank)], -1);
      return tf.mul(5, tf.sub(tf.mul(2, sums), 1));
    };
    const slopes = tf.concat([ends(1), exp(softClip(d, bound)), ends(1)], -1);
    return rationalQuadraticSpline(x, knots(w), knots(v), slopes);
  }

  override inverseAndLogDet(): never {
    throw new Error('densities only');
  }
}

const isSpline = (workload: Workload): workload is FlowWorkload =>
  'map' in workload && workload.map === 'spline';

/** With the draws of the first step. */
function firstLoss(workload: Workload, { loss, parameters } = subjectOf(workload)): number {
  return tf.tidy(() => {
    const x = tf.tensor2d(rowsOf(workload), [BATCHES * workload.batch, workload.features]);
    expect(parameters.reduce((total, { size }) => total + size, 0)).toBe(workload.parameters);
    return loss(tf.slice(x, 0, workload.batch), Key.from(0)).dataSync()[0]!;
  });
}

/** A flow with the splines that the workloads write. */
function canonical(workload: FlowWorkload): Subject {
  const flow = flowOf(workload, new CanonicalSpline());
  return { ...subjectOf(workload), loss: (x, key) => flow.loss({ x }, key) };
}

test('uniform numbers are those of mulberry32', () => {
  const uniform = new Uniform(7);
  expect([uniform.next(), uniform.next()]).toEqual([0.011704753153026104, 0.06195825757458806]);
});

test.each(workloads)('$name starts at the loss that other engines start at', (workload) => {
  const [first] = workload.losses;
  const subject = isSpline(workload) ? canonical(workload) : undefined;
  expect(Math.abs(firstLoss(workload, subject) / first - 1)).toBeLessThan(1e-5);
});

test.each(workloads.filter(isSpline))(
  'the spline of $name is near the canonical one',
  (workload) => {
    expect(Math.abs(firstLoss(workload) / workload.losses[0] - 1)).toBeLessThan(1e-2);
  },
);
