import { DomainError, erf, Key, OptionError, ShapeError, useEngine } from '@pushforward/tensors';
import {
  describeGolden,
  dkwBound,
  expectNoLeak,
  kolmogorovSmirnov,
  onEachEngine,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it, test } from 'vitest';
import { type Blobs, MixtureDenoiser } from '../../test/exact.js';
import {
  cosine,
  decode,
  encode,
  gaussianDenoiser,
  interpolate,
  rectifiedFlow,
  type Schedule,
  variancePreserving,
} from '../index.js';

describeGolden('t14_diffusion', ({ cases }) => {
  onEachEngine(() => {
    it.each(cases.filter(({ name }) => name.startsWith('gaussian pf-ode')))('$name', (golden) => {
      const { params, input, output } = golden;
      const schedule = variancePreserving({
        betaMin: params.number('beta_min'),
        betaMax: params.number('beta_max'),
      });
      const denoiser = gaussianDenoiser(schedule, params.vector('mean'), params.matrix('cov'));
      const x = input.tensor('x0');
      const z = encode(denoiser, x);
      expect(z).toBeAllClose(output.matrix('x_T'), { abs: 1e-4, rel: 1e-4 });
      expect(decode(denoiser, z)).toBeAllClose(x, { abs: 2e-4, rel: 2e-4 });
      expectNoLeak(() => decode(denoiser, z));
    });
  });
});

const blobs: Blobs = {
  means: [
    [-1, 0],
    [1, 0.5],
  ],
  weights: [0.4, 0.6],
  deviation: 0.3,
};

beforeAll(async () => {
  await useEngine('wasm');
});

test.each<[string, Schedule]>([
  ['variance preserving', variancePreserving()],
  ['rectified flow', rectifiedFlow()],
  ['cosine', cosine()],
])('draws of noise become draws of data: %s', (_, schedule) => {
  const denoiser = new MixtureDenoiser(schedule, blobs);
  const count = 3000;
  const x = decode(denoiser, Key.from(1).normal([count, 2]), { rtol: 1e-3, atol: 1e-3 });
  const data = x.dataSync();
  // The first axis alone: two normal laws of deviation 0.3.
  const first = data.filter((_, i) => i % 2 === 0);
  const cdf = (x: number) =>
    blobs.means.reduce((sum, [mean], i) => {
      const z = (x - mean) / blobs.deviation / Math.SQRT2;
      return sum + (blobs.weights[i]! * (1 + erfOf(z))) / 2;
    }, 0);
  expect(kolmogorovSmirnov(first, cdf)).toBeLessThan(dkwBound(count, 1e-8) + 0.005);
  x.dispose();
});

const erfOf = (x: number) => tf.tidy(() => erf(tf.scalar(x)).dataSync()[0]!);

test('interpolation begins and ends with the data, and stays where data are', () => {
  const denoiser = new MixtureDenoiser(variancePreserving(), blobs);
  const [a, b] = [
    tf.tensor2d([
      [-1.2, 0.1],
      [0.8, 0.4],
    ]),
    tf.tensor2d([
      [1.1, 0.3],
      [0.8, 0.4],
    ]),
  ];
  const x = interpolate(denoiser, a, b, [0, 0.3, 0.7, 1]);
  expect(x.shape).toEqual([4, 2, 2]);
  const [first, second, third, last] = tf.unstack(x);
  expect(first!).toBeAllClose(a, { abs: 1e-3 });
  expect(last!).toBeAllClose(b, { abs: 1e-3 });
  // The second pair is of one and the same.
  expect(tf.slice(second!, 1, 1)).toBeAllClose([[0.8, 0.4]], { abs: 1e-3 });
  // Each is within four deviations of a blob.
  for (const between of [second!, third!]) {
    const [u, v] = between.dataSync();
    const distances = blobs.means.map(([mu, mv]) => Math.hypot(u! - mu, v! - mv));
    expect(Math.min(...distances)).toBeLessThan(4 * blobs.deviation);
  }
  expectNoLeak(() => interpolate(denoiser, a, b, [0.5]));
});

test('interpolation turns noise, and changes its length evenly', () => {
  const at = [0, 0.25, 0.5, 1];
  const root = Math.SQRT1_2;
  const unit = [
    [1, 0],
    [0, 1],
  ];
  // Data N(0, I) are their noise.
  const plane = gaussianDenoiser(variancePreserving(), [0, 0], unit);
  const [from, to] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[0, 2]])];
  const eighth = [1.25 * Math.cos(Math.PI / 8), 1.25 * Math.sin(Math.PI / 8)];
  expect(tf.squeeze(interpolate(plane, from, to, at), [1])).toBeAllClose(
    [[1, 0], eighth, [1.5 * root, 1.5 * root], [0, 2]],
    { abs: 1e-3 },
  );
  // No noise has no direction.
  const nothing = interpolate(plane, tf.zeros([1, 2]), to, at);
  expect(tf.squeeze(tf.slice(nothing, [0, 0, 0], [1, 1, 2]))).toBeAllClose([0, 0], { abs: 1e-4 });
  expect(tf.max(tf.abs(nothing))).toBeAllClose(2, { abs: 1e-3 });
  // Numbers of the two signs are opposite on the line: through 0, and no further out than they are.
  const line = gaussianDenoiser(variancePreserving(), [0], [[1]]);
  const found = interpolate(line, tf.tensor2d([[-1], [0.4]]), tf.tensor2d([[0.8], [2]]), at);
  expect(tf.squeeze(found, [2])).toBeAllClose(
    [
      [-1, 0.4],
      [-0.95 * root, 0.8],
      [0, 1.2],
      [0.8, 2],
    ],
    { abs: 3e-3 },
  );
});

test('what is outside its domain is refused', () => {
  const denoiser = new MixtureDenoiser(variancePreserving(), blobs);
  const x = tf.zeros([1, 2]);
  const unknown = { steps: 3 } as object;
  expect(() => encode(denoiser, x, unknown)).toThrow(OptionError);
  expect(() => decode(denoiser, x, { earliest: 1 })).toThrow(DomainError);
  for (const wrong of [{ rtol: 0 }, { atol: -1 }, { earliest: 0 }, { earliest: Number.NaN }])
    expect(() => encode(denoiser, x, wrong)).toThrow(/^encode: (rtol|atol|earliest) must be/);
  expect(() => interpolate(denoiser, x, x, [0, 1.5])).toThrow(DomainError);
  expect(() => interpolate(denoiser, x, x, [])).toThrow('got none');
  expect(() => interpolate(denoiser, x, tf.zeros([2, 2]), [0.5])).toThrow(ShapeError);
});
