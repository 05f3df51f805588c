import { type ToyName, toys } from '@pushforward/datasets';
import type { Pushforward } from '@pushforward/distributions';
import { type FlowOptions, maf, type UMNNFlowOptions, umnnMaf } from '@pushforward/flows';
import { type Estimate, energyDistance } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Cloud, cloudGrid, type Density, windowOf } from '../charts/clouds.js';
import type { Rows } from '../charts/pairs.js';
import { thesis } from '../published.js';
import { inTurn } from '../studies/inTurn.js';
import { withTrained } from '../studies/learn.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import { densityOver, withCopy } from '../studies/umnn.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. The source's appendix with the sizes is missing; those of the full scale are of its kind. */
export interface Size {
  readonly laws: readonly ToyName[];
  readonly train: number;
  readonly test: number;
  readonly epochs: number;
  readonly hidden: readonly number[];
  readonly umnn: NonNullable<UMNNFlowOptions['umnn']>;
  /** Points across a picture of a density. */
  readonly across: number;
}

const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ laws: ['eightGaussians', 'checkerboard'], train: 10_000, test: 5000, epochs: 30 },
    ...{ hidden: [64, 64], umnn: { embedding: 16, hidden: [48, 48, 48], steps: 12 }, across: 80 },
  },
  full: {
    laws: [
      ...(['eightGaussians', 'twoSpirals', 'checkerboard', 'twoMoons', 'pinwheel'] as const),
      ...(['rings', 'swissRoll', 'circles'] as const),
    ],
    ...{ train: 50_000, test: 20_000, epochs: 60, hidden: [100, 100, 100] },
    ...{ umnn: { embedding: 16, hidden: [64, 64, 64], steps: 20 }, across: 200 },
  },
};

/** Steps of the integral in judging, as in the source: no error of quadrature is mistaken for likelihood. */
const stepsOfTest = 100;
const drawn = 1000;
/** Where the largest of their numbers stands. */
const last = 2 * drawn - 1;

/** A single UMNN step on laws of the plane, with several peaks and with edges. */
export const umnnToys: Experiment = {
  name: 'umnn-toys',
  source: { document: thesis, item: 'figure 5.2 and section 5.5.1' },
  summary:
    'One UMNN step learns densities with several peaks and with edges, and is sampled by numerical inversion.',
  run: (run) => toysOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function toysOf(run: Run, size: Size): Promise<Findings> {
  const found = await inTurn(run.key, size.laws, (key, law) => study(key, law, size, run));
  return {
    rows: found.flatMap(({ rows }) => rows),
    checks: found.flatMap(({ checks }) => checks),
    pictures: { 'umnn-toys.svg': cloudGrid(found.map(({ pictures }) => pictures)) },
  };
}

interface Found {
  readonly rows: Row[];
  readonly checks: Check[];
  readonly pictures: readonly (Cloud | Density)[];
}

async function study(key: Key, law: ToyName, size: Size, run: Run): Promise<Found> {
  const [forData, forFlows, forSamples] = key.split(3);
  const [forTrain, forTest, forOthers, forCut] = forData.split(4);
  const inner = toys[law](forTrain, size.train).trainTest(forCut, 0.1);
  const data = { train: inner.train, validation: inner.test };
  const test = toys[law](forTest, size.test);
  const recipe = { epochs: size.epochs, batchSize: 128, learningRate: 1e-2 };
  const { hidden } = size;
  const options: FlowOptions = { features: 2, transforms: 1, hidden, permutation: 'reverse' };
  const [forAffine, forMonotone] = forFlows.split(2);
  run.say(`${law}: one affine step`);
  const affine = await withTrained(
    forAffine,
    (key) => maf(key, options),
    data,
    recipe,
    run.control,
    (flow) => logLikelihoods(flow, test),
  );

  run.say(`${law}: one UMNN step`);
  const build = (key: Key, umnn = size.umnn) => umnnMaf(key, { ...options, umnn });
  const judged = (key: Key) => build(key, { ...size.umnn, steps: stepsOfTest });
  return withTrained(
    forMonotone,
    (key) => build(key),
    data,
    recipe,
    run.control,
    (trained) =>
      withCopy(trained, judged, async (flow) => {
        const values = await logLikelihoods(flow, test);
        const samples = await drawBack(flow, forSamples);
        const points = toRows(test.slice(0, drawn).x, 2);
        const density = await densityOver(flow, windowOf(points), size.across);
        const truth = toRows(test.x, 2).map(([x1, x2]) => toys[law].logProb(x1!, x2!));
        const scores: Scores = {
          likelihood: estimate(values),
          gap: advantage(truth, values),
          affineGap: advantage(truth, affine),
          errors: samples.errors,
          distance: await distance(samples.points, points),
          chance: await distance(toRows(toys[law](forOthers, drawn).x, 2), points),
        };
        return {
          rows: rowsOf(law, scores),
          checks: checksOf(law, scores),
          pictures: [
            cloudOf(law, points),
            { title: 'density of one UMNN step', density },
            cloudOf('its samples', samples.points),
          ],
        };
      }),
  );
}

/** Draws, and how far the noise that they are mapped to is from the noise that they were made of, in order of size. */
async function drawBack(flow: Pushforward, key: Key) {
  const { bijector } = flow;
  const z = key.normal([drawn, 2]);
  const x = bijector.forward(z) as tf.Tensor2D;
  const off = tf.tidy(() => tf.abs(tf.sub(bijector.inverse(x), z)));
  const [points, errors] = await Promise.all([x.array(), off.data()]);
  tf.dispose([z, x, off]);
  return { points, errors: errors.sort() };
}

async function distance(a: Rows, b: Rows): Promise<number> {
  const [x, y] = [a, b].map((rows) => tf.tensor2d(rows as number[][])) as [tf.Tensor, tf.Tensor];
  const value = await energyDistance(x, y);
  tf.dispose([x, y]);
  return value;
}

function cloudOf(title: string, points: Rows): Cloud {
  return { title, points, groups: points.map(() => 0) };
}

interface Scores {
  readonly likelihood: Estimate;
  /** How far below the law itself the UMNN step is, and an affine one, in nats. */
  readonly gap: Estimate;
  readonly affineGap: Estimate;
  /** |g(x) - z| of samples x made of z, in order of size. */
  readonly errors: ArrayLike<number>;
  /** Energy distance to the data, of samples and of other draws of the law. */
  readonly distance: number;
  readonly chance: number;
}

function rowsOf(law: ToyName, scores: Scores): Row[] {
  const { likelihood, gap, affineGap, distance, chance, errors } = scores;
  const row = (what: string, metric: string, { mean, standardError }: Partial<Estimate>): Row => ({
    ...{ label: `${law}, ${what}`, metric, value: mean!, standardError: standardError ?? null },
    ...{ published: null, publishedError: null, comparable: false },
    note: 'the source shows densities and samples, and gives no figure',
  });
  const [below, away] = ['below the law itself, nats', `energy distance to ${drawn} test points`];
  return [
    row('one UMNN step', 'test log-likelihood, nats', likelihood),
    row('one UMNN step', below, gap),
    row('one affine step', below, affineGap),
    row(`${drawn} samples of one UMNN step`, away, { mean: distance }),
    row(`${drawn} other draws of the law`, away, { mean: chance }),
    row('one UMNN step', 'largest error of inversion, in the noise', { mean: errors[last]! }),
  ];
}

function checksOf(law: ToyName, { gap, affineGap, errors }: Scores): Check[] {
  const share = gap.mean / affineGap.mean;
  const error = errors[Math.floor(0.99 * last)]!;
  return [
    {
      claim: `${law}: one UMNN step learns the density: it is below the law itself by less than a fifth of what one affine step is`,
      ...{ value: share, threshold: 0.2, holds: share < 0.2 },
    },
    {
      claim: `${law}: numerical inversion gives samples: they are mapped back to the noise that they were made of, 99 of 100 numbers to 1e-4`,
      ...{ value: error, threshold: 1e-4, holds: error < 1e-4 },
    },
  ];
}
