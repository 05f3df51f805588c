import type { Distribution } from '@pushforward/distributions';
import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import { dkwBound, expectNoLeak, integrate1d, integrate2d, valuesOf } from '@pushforward/testing';
import { fit, type TrainingData } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { integralOverNoise } from './noise.js';
import { enlarge } from './rows.js';
import { flows } from './table.js';

const cases = flows.flatMap((row) =>
  [1, 2]
    .filter((features) => features >= row.leastFeatures)
    .map((features) => ({ ...row, features, title: `${row.name} in ${features}-D` })),
);

// The integrals take hundreds of thousands of points, for which wasm is quick; cpu must then see the same density.
beforeAll(() => useEngine('wasm'));
afterAll(() => useEngine('cpu'));

describe.each(cases.map((row) => [row.title, row] as const))('%s', (_, row) => {
  const { build, features, isBounded } = row;
  const law = build(Key.from(11), features);

  it('integrates to 1 at the start', async () => {
    await expectDensity(law);
  });

  it('learns, and integrates to 1 after 200 steps', async () => {
    const options = { key: Key.from(12), steps: 200, batchSize: 64, learningRate: 1e-2 };
    const train = clusters(features);
    const loss = () => {
      const [batch] = [...train.batches(Key.from(0), train.length)];
      return valuesOf(law.loss(batch!, Key.from(0)))[0]!;
    };
    const before = loss();
    await fit(law, { train }, options);
    expect(loss()).toBeLessThan(before - 0.2);
    await expectDensity(law);
  });

  it('draws from the density that it states', () => {
    const [draws, logProb] = law.sampleAndLogProb(Key.from(13), [4000]);
    expect(law.logProb(draws)).toBeAllClose(logProb, { abs: 1e-3, rel: 1e-4 });
    // Means of numbers in [0, 1]: Hoeffding's bound is that of Dvoretzky, Kiefer and Wolfowitz.
    for (const direction of [
      [1, 0.3],
      [-2, 1],
    ]) {
      const g = (x: Tensor) => tf.sigmoid(tf.sum(tf.mul(x, direction.slice(0, features)), -1));
      const mean = valuesOf(tf.mean(g(draws)))[0]!;
      expect(Math.abs(mean - expectation(law, draws, g))).toBeLessThan(dkwBound(4000) + 1e-3);
    }
  });

  it('leaves no tensor behind', () => {
    const x = tf.ones([5, features]);
    expectNoLeak(() => law.logProb(x));
    expectNoLeak(() => law.sample(Key.from(1), [5]));
    expectNoLeak(() => law.sampleAndLogProb(Key.from(1), [5]));
  });

  // The remaining ones follow in double precision.
  if (isBounded || features === 1)
    it('integrates to 1 with weights ten times as large', async () => {
      enlarge(law);
      expect(integralOverNoise(law)).toBeCloseTo(1, 3);
      await useEngine('cpu');
      expect(integralOverNoise(law)).toBeCloseTo(1, 3);
      await useEngine('wasm');
    });
});

/** Expects an integral of 1 on wasm, and the same density on cpu. */
async function expectDensity(law: Distribution): Promise<void> {
  const draws = law.sample(Key.from(4), [1000]);
  const total = expectation(law, draws, (x) => tf.ones([x.shape[0]]));
  expect(total).toBeAllClose(1, { abs: 1e-3 });

  const some = tf.slice(draws, [0, 0], [100, -1]);
  const onWasm = valuesOf(law.logProb(some));
  await useEngine('cpu');
  expect(law.logProb(some)).toBeAllClose(onWasm, { abs: 1e-3, rel: 1e-4 });
  await useEngine('wasm');
}

/** The integral of g(x) p(x), with small cells where the draws are. */
function expectation(law: Distribution, draws: Tensor, g: (x: Tensor) => Tensor): number {
  const reach = 2 * Math.max(10, ...valuesOf(draws).map(Math.abs));
  const density = (x: Tensor) => tf.mul(g(x), tf.exp(law.logProb(x)));
  const integrate = law.eventShape[0] === 1 ? integrate1d : integrate2d;
  return integrate(density, { reach, samples: draws, tolerance: 3e-4 });
}

/** Two bent clusters, or their first coordinates. */
function clusters(features: number): TrainingData {
  const [forNoise, forSide] = Key.from(9).split(2);
  const noise = forNoise.normal([512, 2]).arraySync() as number[][];
  const side = forSide.bernoulli(0.4, [512]).dataSync();
  const rows = noise.map(([a, b], i) => {
    const x = side[i] === 1 ? 2 + 0.3 * a! : -1 + 0.6 * a!;
    return [x, 0.5 * x * x - 1 + 0.3 * b!].slice(0, features);
  });
  return {
    length: rows.length,
    *batches(key, size) {
      const order = [...key.permutation(rows.length)].map((i) => rows[i]!);
      for (let i = 0; i < rows.length; i += size)
        yield { x: tf.tensor2d(order.slice(i, i + size)) };
    },
  };
}
