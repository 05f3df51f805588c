import { Split } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { asClassGivenPixels, classifier, classLogProbs, likeliest } from './classifier.js';
import { areaAdvantage, areaUnderRoc, rocCurve } from './detection.js';
import { estimate } from './score.js';
import { plant, sensorColumns, sensors } from './sensors.js';
import { toRows } from './study.js';

beforeAll(() => useEngine());

/** Normal numbers around a mean. */
async function normals(seed: number, n: number, mean = 0): Promise<number[]> {
  const z = Key.from(seed).normal([n]);
  const values = [...(await z.data())].map((value) => value + mean);
  z.dispose();
  return values;
}

describe('the area under the ROC curve', () => {
  test('is the share of pairs in order, ties counted half', () => {
    // 3 > 1, 3 > 2, 2 > 1, 2 = 2: three and a half of four pairs.
    expect(areaUnderRoc({ unusual: [3, 2], usual: [1, 2] }).mean).toBe(3.5 / 4);
    expect(areaUnderRoc({ unusual: [1, 1], usual: [1, 1] }).mean).toBe(0.5);
    expect(areaUnderRoc({ unusual: [5, 6], usual: [1, 2] })).toEqual({
      mean: 1,
      standardError: 0,
    });
  });

  test('of normal scores d apart is Phi(d / sqrt(2)), with the standard error that repetitions have', async () => {
    const areas: number[] = [];
    const errors: number[] = [];
    for (let i = 0; i < 200; i++) {
      const scores = { unusual: await normals(2 * i, 60, 1), usual: await normals(2 * i + 1, 90) };
      const { mean, standardError } = areaUnderRoc(scores);
      areas.push(mean);
      errors.push(standardError);
    }
    const { mean, standardError } = estimate(areas);
    expect(Math.abs(mean - 0.76025)).toBeLessThan(4 * standardError);
    // A standard deviation of 200 numbers is known to a twentieth.
    const deviation = standardError * Math.sqrt(areas.length);
    expect(Math.abs(estimate(errors).mean / deviation - 1)).toBeLessThan(0.2);
  });

  test('exceeds that of the same score by nothing, and without error', async () => {
    const scores = { unusual: await normals(1, 30, 1), usual: await normals(2, 30) };
    expect(areaAdvantage(scores, scores)).toEqual({ mean: 0, standardError: 0 });
  });

  test('is that under the curve', async () => {
    const scores = { unusual: await normals(1, 500, 1), usual: await normals(2, 500) };
    const curve = [{ x: 0, y: 0 }, ...rocCurve(scores, 499), { x: 1, y: 1 }];
    let area = 0;
    for (const [i, { x, y }] of curve.slice(1).entries())
      area += ((x - curve[i]!.x) * (y + curve[i]!.y)) / 2;
    expect(area).toBeCloseTo(areaUnderRoc(scores).mean, 2);
  });
});

describe('sensors', () => {
  const n = 2000;
  /** Differences of the same rows with and without a fault: all else is drawn by the same keys. */
  async function moved(fault: 'sensor' | 'group'): Promise<number[][]> {
    const system = plant(Key.from(1));
    const [faulty, sound] = [
      await sensors(Key.from(2), system, n, fault),
      await sensors(Key.from(2), system, n),
    ].map((rows) => toRows(rows.select(sensorColumns).x, sensorColumns.length));
    tf.dispose([system.slopes, system.offsets]);
    return faulty!.map((row, i) => row.map((value, j) => value - sound![i]![j]!));
  }

  test('one of which fails are off by 0.6 there, up or down, and nowhere else', async () => {
    for (const row of await moved('sensor')) {
      const off = row.filter((difference) => Math.abs(difference) > 1e-5);
      expect(off).toHaveLength(1);
      expect(Math.abs(off[0]!)).toBeCloseTo(0.6, 4);
    }
  });

  test('of which a group fails are off in that group, all to the same side', async () => {
    const counts = Array<number>(5).fill(0);
    for (const row of await moved('group')) {
      const off = row.flatMap((difference, j) => (Math.abs(difference) > 1e-3 ? [j] : []));
      const group = Math.floor(off[0]! / 20);
      counts[group]! += 1;
      expect(off.every((j) => Math.floor(j / 20) === group)).toBe(true);
      expect(new Set(off.map((j) => Math.sign(row[j]!))).size).toBe(1);
    }
    // A fifth of all rows each, to four standard deviations.
    for (const count of counts)
      expect(Math.abs(count - n / 5)).toBeLessThan(4 * Math.sqrt((n * 4) / 25));
  });
});

describe('a classifier', () => {
  const images = new Split({
    ...{ x: Float32Array.of(0, 0, 0, 1, 1, 1, 1, 0), columns: ['a', 'b', 'c', 'd'] },
    target: { name: 'kind', values: Float32Array.of(1, 0), classes: ['x', 'y', 'z'] },
  });

  test('is a law of the class given the pixels: its probabilities sum to 1', async () => {
    await expectNoLeak(async () => {
      const law = classifier(Key.from(1), { side: 2, classes: 3, channels: [2] });
      for (const weights of law.parameters()) {
        const random = Key.from(weights.size).normal(weights.shape);
        weights.assign(random);
        random.dispose();
      }
      const logProbs = await classLogProbs(law, images, 3);
      for (const row of logProbs)
        expect(row.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5);
      const { x, context } = asClassGivenPixels(images).batch();
      const own = law.logProb(x, context);
      const values = [...(await own.data())];
      values.forEach((value, i) => {
        expect(value).toBeCloseTo(logProbs[i]![images.labels[i]!]!, 5);
      });
      tf.dispose([x, context!, own]);
      law.dispose();
    });
  });

  test('finds the class of the largest probability', () => {
    expect(
      likeliest([
        [-3, -1, -2],
        [0, -1, -2],
      ]),
    ).toEqual([1, 0]);
  });
});
