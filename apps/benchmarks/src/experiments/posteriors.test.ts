/** The experiment of flow posteriors at a size that shows that it runs, not what it claims. */
import { digits } from '@pushforward/datasets';
import { DataError, Key, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, test } from 'vitest';
import { bentModel } from '../studies/bentModel.js';
import { quietRun as run } from '../testing/quietRun.js';
import { posteriorsOf } from './vaeFlows.js';

beforeAll(() => useEngine('wasm'));

test('vae-flows', async () => {
  const flows = {
    ...{ context: 2, planar: 1, sylvester: 1, turn: { rank: 1 }, iaf: 1, umnn: 1, hidden: [4] },
    network: { embedding: 2, hidden: [4], steps: 4 },
  };
  const recipe = { epochs: 1, batchSize: 50, learningRate: 1e-3 };
  const said: string[] = [];
  const { rows, checks, pictures } = await posteriorsOf(
    { ...run, say: (line) => said.push(line) },
    {
      bent: {
        ...{ rows: 200, test: 40, hidden: [4], flows },
        recipe: { epochs: 1, batchSize: 100, learningRate: 1e-3 },
      },
      images: [
        {
          data: (key) => Promise.resolve(digits().partition(key, { validation: 0.15, test: 0.25 })),
          note: 'ink',
          claim: true,
          ...{ pixels: 'ink', black: 16, train: 100, validation: 20, test: 20 },
          ...{ hidden: [4], latent: 2, flows, recipe, draws: 5, bounds: 10 },
        },
        {
          data: (key) => Promise.resolve(digits().partition(key, { validation: 0.15, test: 0.25 })),
          published: 'freyFaces',
          note: 'greys',
          claim: false,
          ...{ pixels: 'grey', black: 16, train: 100, validation: 20, test: 20 },
          ...{ hidden: [4], latent: 2, flows, recipe, draws: 5, bounds: 10 },
        },
        {
          data: () => Promise.reject(new DataError('No such images.')),
          note: 'absent',
          claim: true,
          ...{ pixels: 'ink', black: 1, train: 1, validation: 1, test: 1 },
          ...{ hidden: [4], latent: 2, flows, recipe, draws: 5, bounds: 10 },
        },
      ],
    },
  );
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(25).fill(true));
  // Bits of 17 levels, of which a model that knows nothing needs about 4; and the figures of the source beside bounds.
  const greys = rows.filter(({ metric }) => metric.includes('bits per dimension'));
  expect(greys.map(({ value }) => value > 2 && value < 8)).toEqual(Array(10).fill(true));
  expect(greys.map(({ published }) => published)).toEqual([
    ...[4.53, 4.4, 4.47, 4.45, 4.51],
    ...Array<null>(5).fill(null),
  ]);
  expect(said.at(-1)).toContain('No such images.');
  // No bound is above the truth, however little was learned.
  expect(checks[0]).toMatchObject({ holds: true });
  expect(checks.map(({ claim }) => claim.split(':')[0])).toEqual([
    'No bound of the known model is above its log-likelihood',
    ...Array<string>(4).fill('Known model'),
    'digits',
  ]);
  expect(Object.keys(pictures)).toEqual(['vae-flows.svg', 'vae-flows-digits.svg']);
});

test('the likelihood of the known model is a density of its draws', async () => {
  const step = 0.02;
  const places = Array.from({ length: 3500 }, (_, i) => -10 + step * i);
  const densities = places.map((x) => step * Math.exp(bentModel.logProb(x)));
  const expectation = (g: (x: number) => number) =>
    places.reduce((sum, x, i) => sum + g(x) * densities[i]!, 0);
  expect(expectation(() => 1)).toBeCloseTo(1, 6);
  // E[z_1 + z_2^2] = 1, and 1 + 2 + 0.5^2 is the variance.
  expect(expectation((x) => x)).toBeCloseTo(1, 5);
  expect(expectation((x) => (x - 1) ** 2)).toBeCloseTo(3.25, 4);
  const draws = bentModel.draw(Key.from(2), 20_000);
  const below = [...(await draws.data())].filter((x) => x < 0.5).length / draws.size;
  draws.dispose();
  // Five standard errors of a share, and half a step of the sum.
  const expected = expectation((x) => Number(x < 0.5));
  expect(Math.abs(below - expected)).toBeLessThan(2.5 / Math.sqrt(20_000) + 0.01);
});
