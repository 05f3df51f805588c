import type { Dataset, Split } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import {
  bernoulli,
  elbo,
  iwae as importanceWeightedBound,
  latentReport,
  perceptron,
  type VAE,
  vae,
} from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { seriesChart } from '../charts/series.js';
import { importanceWeighted as published } from '../published.js';
import { colours } from '../report/style.js';
import { drawnOnce, greyImages, redrawn } from '../studies/blackAndWhite.js';
import { boundOf } from '../studies/bounds.js';
import { inTurn } from '../studies/inTurn.js';
import { type Recipe, usualAdam, withTrained } from '../studies/learn.js';
import { advantage, estimate } from '../studies/score.js';
import { above } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** The level of black. */
  readonly black: number;
  /** Images of an epoch, to choose weights by, and to judge by; all that there are where they are fewer. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly latent: number;
  readonly recipe: Recipe;
  /** Draws for each image that bounds are estimated with, from few to many. */
  readonly judged: readonly number[];
}

/** The full scale has the source's networks and a hundredth of its 3280 passes. */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ black: 16, train: 2000, validation: 500, test: 500, hidden: [64], latent: 16 },
    recipe: { epochs: 60, batchSize: 64, learningRate: 5e-3 },
    judged: [1, 5, 50, 500],
  },
  full: {
    ...{ black: 255, train: 50_000, validation: 1000, test: 2000, hidden: [200, 200], latent: 50 },
    recipe: { epochs: 33, batchSize: 100, learningRate: 2e-3 },
    judged: [1, 5, 50, 5000],
  },
};

/** Draws of the bound that a model is trained by. */
const trainedBy = [1, 5, 50] as const;
type Draws = (typeof trainedBy)[number];
/** Bounds of few draws are noisy: the mean of so many estimates is taken. */
const times = 10;
const inks = [colours.gaussian, colours.kernel, colours.flow];

/** Models trained by importance-weighted bounds of 1, 5 and 50 draws. */
export const iwae: Experiment = {
  name: 'iwae',
  source: published.source,
  summary:
    'More draws make a tighter bound, and what is trained by a tighter bound is a better model.',
  async run(run) {
    const [forData, forStudy] = run.key.split(2);
    const data = await greyImages(forData, run.scale);
    return iwaeOf({ ...run, key: forStudy }, sizes[run.scale], data);
  },
};

/** What is measured of a model. */
interface Found {
  readonly draws: Draws;
  /** L_k of each test image, for each k that is judged by. */
  readonly bounds: readonly (readonly number[])[];
  readonly activeUnits: number;
}

/** The experiment at any size. */
export async function iwaeOf(run: Run, size: Size, data: Dataset): Promise<Findings> {
  const [forValidation, forTest, forModels] = run.key.split(3);
  const validation = await drawnOnce(forValidation, data.validation, size.black, size.validation);
  const test = await drawnOnce(forTest, data.test, size.black, size.test);
  const length = Math.min(size.train, data.train.length);
  const parts = { train: redrawn(data.train, size.black, length), validation };

  const found = await inTurn(forModels, trainedBy, (key, draws) => {
    run.say(`Trained by ${counted(draws)}`);
    const [forModel, forJudging] = key.split(2);
    const build = (key: Key) => modelOf(key, test.features, draws, size);
    return withTrained(
      forModel,
      build,
      parts,
      { ...size.recipe, adam: usualAdam },
      run.control,
      async (model) => ({
        draws,
        ...(await judge(forJudging, model, test, size.judged)),
      }),
    );
  });
  return {
    rows: found.flatMap((each) => rowsOf(each, size, run.scale, data.name)),
    checks: checksOf(found, size.judged),
    pictures: {
      'iwae.svg': seriesChart(
        found.map(({ draws, bounds }, i) => ({
          label: `trained by ${draws}`,
          colour: inks[i]!,
          shape: 'line',
          points: bounds.map((values, i) => ({ x: size.judged[i]!, y: estimate(values).mean })),
        })),
        { x: 'draws for each image', y: 'bound of log p, nats', logarithmic: true },
        'Bounds of the log-likelihood by the number of draws',
      ),
    },
  };
}

function modelOf(key: Key, pixels: number, draws: Draws, { hidden, latent }: Size): VAE {
  return vae(key, {
    likelihood: bernoulli(pixels),
    latent,
    encoder: perceptron(hidden, 'tanh'),
    decoder: perceptron(hidden, 'tanh'),
    objective: draws === 1 ? elbo({ pathDerivative: true }) : importanceWeightedBound({ draws }),
  });
}

async function judge(key: Key, model: VAE, test: Split, judged: readonly number[]) {
  const { x } = test.batch();
  const few = tf.slice(x, 0, Math.min(500, test.length));
  try {
    return {
      bounds: await inTurn(key, judged, (key, draws) =>
        boundOf(key, model, x, draws, Math.min(times, Math.floor(judged.at(-1)! / draws))),
      ),
      activeUnits: (await latentReport(key, model, few)).activeUnits,
    };
  } finally {
    tf.dispose([x, few]);
  }
}

function rowsOf(
  { draws, bounds, activeUnits }: Found,
  { judged, latent, recipe, train }: Size,
  scale: Run['scale'],
  images: string,
): Row[] {
  const label = `${images}, trained by ${counted(draws)}`;
  const own = { label, comparable: false, publishedError: null };
  const full = scale === 'full';
  const note = full
    ? `${recipe.epochs} passes over ${train} images, where the source has 3280`
    : 'images of 8 x 8, where the source has MNIST';
  return [
    ...bounds.map((values, i): Row => {
      const { mean, standardError } = estimate(values);
      const last = full && i === judged.length - 1;
      return {
        ...own,
        metric: `test negative log-likelihood by ${counted(judged[i]!)}, nats`,
        ...{ value: -mean, standardError },
        published: last ? published.likelihood[draws] : null,
        note,
      };
    }),
    {
      ...own,
      metric: `active latents of ${latent}`,
      ...{ value: activeUnits, standardError: null },
      published: full ? published.active[draws] : null,
      note,
    },
  ];
}

function counted(draws: number): string {
  return draws === 1 ? 'one draw' : `${draws} draws`;
}

function checksOf(found: readonly Found[], judged: readonly number[]): Check[] {
  const [plain] = found;
  const last = judged.length - 1;
  const means = plain!.bounds.map((values) => estimate(values).mean);
  const left = (means[last]! - means[last - 1]!) / (means[last]! - means[0]!);
  const higher = (i: number) =>
    above(
      `The same model, trained by one draw: the bound of ${counted(judged[i]!)} is above that of ${counted(judged[i - 1]!)}`,
      advantage(plain!.bounds[i]!, plain!.bounds[i - 1]!),
      'nats',
    );
  const better = (i: number) =>
    above(
      `Trained by ${counted(trainedBy[i]!)} a model is better than by ${counted(trainedBy[i - 1]!)}, judged by ${judged[last]!}`,
      advantage(found[i]!.bounds[last]!, found[i - 1]!.bounds[last]!),
      'nats',
    );
  return [
    higher(1),
    higher(2),
    {
      claim: `Towards the truth: of the way from one draw to ${judged[last]!} less than a fifth is left after ${judged[last - 1]!}`,
      ...{ value: left, threshold: 0.2, holds: left < 0.2 },
    },
    better(1),
    better(2),
  ];
}
