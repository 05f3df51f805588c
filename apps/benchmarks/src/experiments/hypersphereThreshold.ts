import type { Key } from '@pushforward/tensors';
import { gaussian, hypersphereOptimum, perceptron, type VAE, vae } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { seriesChart } from '../charts/series.js';
import { hypersphereThresholds, thesisOnLatents } from '../published.js';
import { colours } from '../report/style.js';
import { boundsOf, divergenceOf } from '../studies/bounds.js';
import { freshData } from '../studies/freshData.js';
import { inTurn } from '../studies/inTurn.js';
import { withTrained } from '../studies/learn.js';
import { bestRadius, freeMeans, onSphere, thresholdOf } from '../studies/sphere.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  readonly dimensions: readonly number[];
  /** R / (sigma sqrt(D)) of the models that are trained: 1 is the threshold. */
  readonly ratios: readonly number[];
  readonly epochs: number;
  readonly rows: number;
  readonly hidden: readonly number[];
  /** Steps of expectation maximisation. */
  readonly steps: number;
}

const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ dimensions: [2, 10], ratios: [0.8, 0.95, 1.1, 1.5, 2], epochs: 20, rows: 10_000 },
    ...{ hidden: [64, 64], steps: 300 },
  },
  full: {
    dimensions: [2, 3, 10, 50],
    ratios: [0.7, 0.8, 0.9, 0.95, 1.05, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 2.5, 3],
    ...{ epochs: 150, rows: 10_000, hidden: [128, 128], steps: 2000 },
  },
};

/** Below so many nats of divergence nothing is learned. */
const nothing = 0.1;
const testRows = 2000;

/** What the variance of a Gaussian likelihood lets a model see of data on a sphere. */
export const hypersphereThreshold: Experiment = {
  name: 'hypersphere-threshold',
  source: { document: thesisOnLatents, item: 'theorem 6.1 and figure 6.5, section 6.3.1' },
  summary:
    'Of a sphere of radius R nothing is learned where sigma is above R / sqrt(D), and below it a sphere of a known radius.',
  run: (run) => spheresOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function spheresOf(run: Run, size: Size): Promise<Findings> {
  const [forMeans, forModels] = run.key.split(2);
  run.say('free means on a circle');
  const means = await inTurn(forMeans, size.ratios, async (key, ratio) => {
    const lengths = await freeMeans(key, scaleOf(2, ratio), size.steps);
    return { dimension: 2, ratio, radius: lengths.reduce((sum, r) => sum + r, 0) / lengths.length };
  });
  const models = await inTurn(forModels, size.dimensions, (key, dimension) =>
    inTurn(key, size.ratios, (key, ratio) => train(key, dimension, ratio, size, run)),
  );
  return {
    rows: [
      ...size.dimensions.map((dimension) => thresholdRow(dimension)),
      ...means.map((each) => radiusRow('48 free means', each)),
      ...models.flat().flatMap(rowsOf),
    ],
    checks: [
      ...size.dimensions.flatMap((dimension) => theoryChecks(dimension, size.ratios)),
      freeMeansCheck(means),
      ...models.flatMap(modelChecks),
    ],
    pictures: { 'hypersphere-threshold.svg': chartOf(size.dimensions, means, models.flat()) },
  };
}

/** Lengths of means that were found, R = 1. */
interface Found {
  readonly dimension: number;
  readonly ratio: number;
  readonly radius: number;
}

interface Trained extends Found {
  /** KL(q(z | x) || p(z)), nats. */
  readonly divergence: number;
}

const scaleOf = (dimension: number, ratio: number) => 1 / (ratio * Math.sqrt(dimension));
const bestOf = ({ dimension, ratio }: Found) =>
  hypersphereOptimum({ dimension, radius: 1, scale: scaleOf(dimension, ratio) });

async function train(
  key: Key,
  dimension: number,
  ratio: number,
  { epochs, rows, hidden }: Size,
  run: Run,
): Promise<Trained> {
  run.say(`D = ${dimension}, R / (sigma sqrt(D)) = ${ratio}`);
  const [forModel, forTest, forDraws] = key.split(3);
  const build = (key: Key) =>
    vae(key, {
      likelihood: gaussian(dimension, { variance: 'fixed', scale: scaleOf(dimension, ratio) }),
      latent: dimension,
      encoder: perceptron(hidden, 'silu'),
      decoder: perceptron(hidden, 'silu'),
    });
  const draw = (key: Key, n: number) => onSphere(key, n, dimension);
  const data = { train: freshData(rows, draw), validation: freshData(1000, draw) };
  const recipe = { epochs, batchSize: 128, learningRate: 3e-3 };
  return withTrained(forModel, build, data, recipe, run.control, async (model) => {
    const x = draw(forTest, testRows);
    const divergence = divergenceOf(await boundsOf(forDraws, model, x));
    const radius = await radiusOf(forDraws, model, x);
    x.dispose();
    return { dimension, ratio, divergence, radius };
  });
}

/** The mean length of decoded means, z ~ q(z | x). */
async function radiusOf(key: Key, model: VAE, x: tf.Tensor): Promise<number> {
  const mean = tf.tidy(() => tf.mean(tf.norm(model.reconstruct(key, x), 2, 1)));
  const [radius] = await mean.data();
  mean.dispose();
  return radius!;
}

function thresholdRow(dimension: number): Row {
  const published = (hypersphereThresholds as Record<number, { value: number }>)[dimension];
  return {
    ...{ label: `D = ${dimension}, the likelihood itself`, metric: 'threshold of R / sigma' },
    ...{ value: thresholdOf(dimension), standardError: null },
    ...{ published: published?.value ?? null, publishedError: null },
    comparable: published !== undefined,
    note: 'from the integral of equation 6.5, where a small sphere of means becomes better than their centre',
  };
}

function radiusRow(what: string, found: Found): Row {
  return {
    label: `D = ${found.dimension}, R / (sigma sqrt(D)) = ${found.ratio}, ${what}`,
    ...{ metric: 'radius of the means, of R', value: found.radius, standardError: null },
    ...{ published: null, publishedError: null, comparable: false },
    note: `the closed form, with the exact posterior, says ${bestOf(found).toFixed(4)}`,
  };
}

function rowsOf(found: Trained): Row[] {
  const radius = radiusRow('a trained model', found);
  const divergence = { metric: 'KL(q(z | x) || p(z)), nats', value: found.divergence };
  return [radius, { ...radius, ...divergence, note: `${testRows} new rows` }];
}

/** What the theorem says, of the likelihood itself. */
function theoryChecks(dimension: number, ratios: readonly number[]): Check[] {
  const off = ratios.map((ratio) => {
    const scale = scaleOf(dimension, ratio);
    const closed = hypersphereOptimum({ dimension, radius: 1, scale });
    return Math.abs(bestRadius(dimension, scale) - closed);
  });
  const sufficient = bestRadius(dimension, 1 / Math.sqrt(dimension - 1));
  return [
    {
      claim: `D = ${dimension}: the best radius of equation 6.5 is that of the closed form r = R A(R r / sigma^2), to the grid's 0.001`,
      ...{ value: Math.max(...off), threshold: 1e-3, holds: Math.max(...off) <= 1e-3 },
    },
    {
      claim: `D = ${dimension}: at sigma = R / sqrt(D - 1), as the theorem has it, the best radius is 0`,
      ...{ value: sufficient, threshold: 0, holds: sufficient === 0 },
    },
  ];
}

function freeMeansCheck(means: readonly Found[]): Check {
  const off = Math.max(...means.map((found) => Math.abs(found.radius - bestOf(found))));
  return {
    claim:
      'Means that are free and inferred exactly, as the theorem assumes, are at the radius of the closed form, to 0.01 of R',
    ...{ value: off, threshold: 0.01, holds: off < 0.01 },
  };
}

/** What trained models say, of one D. */
function modelChecks(models: readonly Trained[]): Check[] {
  const { dimension } = models[0]!;
  const below = models.filter(({ ratio }) => ratio < 1);
  const above = models.filter(({ ratio }) => ratio > 1);
  const far = models.filter(({ ratio }) => ratio >= 1.5);
  const most = Math.max(...below.map(({ divergence }) => divergence));
  const least = Math.min(...above.map(({ divergence }) => divergence));
  const off = Math.max(...far.map((found) => Math.abs(1 - found.radius / bestOf(found))));
  const name = `D = ${dimension}, trained models`;
  return [
    {
      claim: `${name}: with sigma above R / sqrt(D) nothing is learned: the largest divergence, nats`,
      ...{ value: most, threshold: nothing, holds: most < nothing },
    },
    {
      claim: `${name}: with sigma below R / sqrt(D) something is: the smallest divergence, nats`,
      ...{ value: least, threshold: nothing, holds: least > nothing },
    },
    {
      claim: `${name}: from R / (sigma sqrt(D)) = 1.5 on the radius is that of the closed form, to a tenth of it`,
      ...{ value: off, threshold: 0.1, holds: off < 0.1 },
    },
  ];
}

function chartOf(
  dimensions: readonly number[],
  means: readonly Found[],
  models: readonly Trained[],
) {
  const palette = [colours.flow, colours.kernel, colours.accent, colours.warning];
  const most = Math.max(...models.map(({ ratio }) => ratio));
  const ratios = Array.from({ length: 200 }, (_, i) => 0.5 + ((most - 0.5) * i) / 199);
  const point = ({ ratio, radius }: Found) => ({ x: ratio, y: radius });
  return seriesChart(
    [
      ...dimensions.map((dimension, i) => ({
        ...{ label: `D = ${dimension}, closed form`, colour: palette[i]!, shape: 'line' as const },
        points: ratios.map((ratio) => ({
          x: ratio,
          y: bestOf({ dimension, ratio, radius: 0 }),
        })),
      })),
      ...dimensions.map((dimension, i) => ({
        ...{ label: `D = ${dimension}, trained`, colour: palette[i]!, shape: 'dots' as const },
        points: models.filter((found) => found.dimension === dimension).map(point),
      })),
      {
        ...{ label: 'D = 2, free means', colour: colours.data, shape: 'dots' as const },
        points: means.map(point),
      },
    ],
    { x: 'R / (σ √D)', y: 'radius of the means, of R' },
    'Radius of the learned sphere by the scale of the likelihood',
  );
}
