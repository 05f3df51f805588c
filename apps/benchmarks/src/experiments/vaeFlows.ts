import type { Dataset } from '@pushforward/datasets';
import type { Estimate } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import { bernoulli, elbo, gaussian, perceptron, vae } from '@pushforward/vae';
import { valuesChart } from '../charts/values.js';
import { posteriorFlows as published } from '../published.js';
import { bentModel } from '../studies/bentModel.js';
import { drawnOnce, greyImages, redrawn } from '../studies/blackAndWhite.js';
import { boundOf } from '../studies/bounds.js';
import { freshData } from '../studies/freshData.js';
import { type Recipe, withTrained } from '../studies/learn.js';
import {
  type PosteriorKind,
  type PosteriorSize,
  posteriorKinds,
  posteriorOf,
} from '../studies/posteriorKinds.js';
import { advantage, estimate } from '../studies/score.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  readonly bent: BentSize;
  readonly images: ImageSize;
}

interface BentSize {
  /** Rows of an epoch, and to judge by. */
  readonly rows: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly flows: PosteriorSize;
  readonly recipe: Recipe;
}

interface ImageSize {
  /** The level of black. */
  readonly black: number;
  /** Images of an epoch, to choose weights by, and to judge by; all that there are where they are fewer. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly latent: number;
  readonly flows: PosteriorSize;
  readonly recipe: Recipe;
  /** Draws for each image that its likelihood is estimated with. */
  readonly draws: number;
}

const small: PosteriorSize = {
  ...{ context: 8, planar: 4, sylvester: 2, iaf: 2, umnn: 2, hidden: [32] },
  turn: { basis: 'householder' },
  network: { embedding: 8, hidden: [24, 24], steps: 10 },
};

/** The full scale has latents of the source's size, perceptrons for its convolutions, and the passes of hours, not of days. */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    bent: {
      ...{ rows: 10_000, test: 2000, hidden: [32, 32], flows: small },
      recipe: { epochs: 10, batchSize: 100, learningRate: 5e-3 },
    },
    images: {
      ...{ black: 16, train: 2000, validation: 200, test: 400, hidden: [64], latent: 2 },
      flows: small,
      recipe: { epochs: 30, batchSize: 64, learningRate: 5e-3 },
      draws: 500,
    },
  },
  full: {
    bent: {
      ...{ rows: 50_000, test: 10_000, hidden: [64, 64] },
      flows: { ...small, network: { embedding: 16, hidden: [50, 50], steps: 30 } },
      recipe: { epochs: 30, batchSize: 100, learningRate: 3e-3 },
    },
    images: {
      ...{ black: 255, train: 20_000, validation: 1000, test: 1000, hidden: [300, 300] },
      latent: 64,
      flows: {
        ...{ context: 64, planar: 16, sylvester: 4, iaf: 4, umnn: 2, hidden: [320] },
        turn: { rank: 16 },
        network: { embedding: 16, hidden: [32, 32], steps: 10 },
      },
      recipe: { epochs: 25, batchSize: 100, learningRate: 1e-3 },
      draws: 200,
    },
  },
};

const kinds = Object.keys(posteriorKinds) as PosteriorKind[];
const flows = kinds.filter((kind) => kind !== 'plain');
/** A bound of one draw is noisy: the mean of so many is taken for each row, and so many rows go through at once. */
const [times, rowsAtOnce] = [100, 1000];

/** Auto-encoders whose noise goes through flows on its way to z. */
export const vaeFlows: Experiment = {
  name: 'vae-flows',
  source: published.source,
  summary:
    'Flows bring a posterior closer to the true one: by how much is known of a law, and seen on images.',
  async run(run) {
    const [forData, forStudy] = run.key.split(2);
    const data = await greyImages(forData, run.scale);
    return posteriorsOf({ ...run, key: forStudy }, sizes[run.scale], data);
  },
};

/** Numbers of each row of the test part, by kind of posterior. */
type ByKind = Readonly<Record<PosteriorKind, readonly number[]>>;

/** The experiment at any size. */
export async function posteriorsOf(run: Run, size: Size, data: Dataset): Promise<Findings> {
  const [forBent, forImages] = run.key.split(2);
  const gaps = await gapsOf({ ...run, key: forBent }, size.bent);
  const judged = await imagesOf({ ...run, key: forImages }, size.images, data);
  const ofGaps = kinds.map((kind) => gapRow(kind, gaps[kind]));
  const ofBounds = kinds.map((kind) =>
    boundRow(kind, judged[kind].bound, run.scale, size.images, data.name),
  );
  return {
    rows: [
      ...ofGaps,
      ...ofBounds,
      ...kinds.map((kind) => likelihoodRow(kind, judged[kind].likelihood, size.images, data.name)),
    ],
    checks: checksOf(gaps, judged),
    pictures: {
      'vae-flows.svg': valuesChart(ofGaps),
      'vae-flows-images.svg': valuesChart(ofBounds),
    },
  };
}

/** Found of each kind in turn, all from the same key: the same start of encoder and decoder, the same batches. */
async function ofEachKind<T>(find: (kind: PosteriorKind) => Promise<T>) {
  const found: [PosteriorKind, T][] = [];
  for (const kind of kinds) found.push([kind, await find(kind)]);
  return Object.fromEntries(found) as Record<PosteriorKind, T>;
}

/** log p(x) less its bound, of a model that is known: KL(q || p(z | x)). */
async function gapsOf(run: Run, { rows, test, hidden, flows, recipe }: BentSize): Promise<ByKind> {
  const [forModels, forTest, forJudging] = run.key.split(3);
  const x = bentModel.draw(forTest, test);
  const truth = [...(await x.data())].map((x) => bentModel.logProb(x));
  const parts = {
    train: freshData(rows, bentModel.draw),
    validation: freshData(1000, bentModel.draw),
  };
  const gaps = await ofEachKind((kind) => {
    run.say(`Posteriors of a known model: ${posteriorKinds[kind]}`);
    const build = (key: Key) => {
      const [forFlow, forNetworks] = key.split(2);
      return vae(forNetworks, {
        likelihood: gaussian(1, { variance: 'fixed', scale: bentModel.noise }),
        posterior: posteriorOf(forFlow, kind, 2, flows),
        ...{ encoder: perceptron(hidden, 'tanh'), decoder: bentModel.decoder, objective: elbo() },
      });
    };
    return withTrained(forModels, build, parts, recipe, run.control, async (model) =>
      differences(truth, await boundOf(forJudging, model, x, 1, times, rowsAtOnce)),
    );
  });
  x.dispose();
  return gaps;
}

/** What is found of a test image by an auto-encoder whose decoder is learned with the posterior. */
interface Judged {
  /** The evidence lower bound, and log p(x) by importance sampling, in nats. */
  readonly bound: readonly number[];
  readonly likelihood: readonly number[];
}

async function imagesOf(
  run: Run,
  { black, hidden, latent, flows, recipe, draws, ...most }: ImageSize,
  data: Dataset,
): Promise<Record<PosteriorKind, Judged>> {
  const [forModels, forValidation, forTest, forJudging] = run.key.split(4);
  const validation = await drawnOnce(forValidation, data.validation, black, most.validation);
  const test = await drawnOnce(forTest, data.test, black, most.test);
  const length = Math.min(most.train, data.train.length);
  const parts = { train: redrawn(data.train, black, length), validation };
  const { x } = test.batch();
  const found = await ofEachKind((kind) => {
    run.say(`Posteriors of ${data.name}: ${posteriorKinds[kind]}`);
    const build = (key: Key) => {
      const [forFlow, forNetworks] = key.split(2);
      return vae(forNetworks, {
        likelihood: bernoulli(test.features),
        posterior: posteriorOf(forFlow, kind, latent, flows),
        ...{ encoder: perceptron(hidden, 'tanh'), decoder: perceptron(hidden, 'tanh') },
        objective: elbo(),
      });
    };
    return withTrained(forModels, build, parts, recipe, run.control, async (model) => ({
      bound: await boundOf(forJudging, model, x, 1, times, rowsAtOnce),
      likelihood: await boundOf(forJudging, model, x, draws, 1),
    }));
  });
  x.dispose();
  return found;
}

const differences = (a: readonly number[], b: readonly number[]) =>
  a.map((value, n) => value - b[n]!);

function gapRow(kind: PosteriorKind, values: readonly number[]): Row {
  const { mean, standardError } = estimate(values);
  return {
    label: `known model, ${posteriorKinds[kind]}`,
    metric: 'log p(x) less the evidence lower bound, nats',
    ...{ value: mean, standardError, published: null, publishedError: null, comparable: false },
    note: 'x ~ N(z_1 + z_2^2, 0.5^2) with z ~ N(0, I), where the decoder is known and log p(x) an integral; the source has images alone',
  };
}

function boundRow(
  kind: PosteriorKind,
  values: readonly number[],
  scale: Run['scale'],
  size: ImageSize,
  images: string,
): Row {
  const { mean, standardError } = estimate(values);
  const [value, error] = published.mnist[kind];
  const full = scale === 'full';
  return {
    label: `${images}, ${posteriorKinds[kind]}`,
    metric: 'test negative evidence lower bound, nats',
    ...{ value: -mean, standardError, comparable: false },
    ...{ published: full ? value : null, publishedError: full ? error : null },
    note: full
      ? `${size.recipe.epochs} epochs of ${size.train} images and perceptrons; the source has gated convolutions and more passes`
      : `images of 8 x 8 and ${size.latent} latents, where the source has MNIST and 64`,
  };
}

function likelihoodRow(
  kind: PosteriorKind,
  values: readonly number[],
  { draws }: ImageSize,
  images: string,
): Row {
  const { mean, standardError } = estimate(values);
  return {
    label: `${images}, ${posteriorKinds[kind]}`,
    metric: `test negative log-likelihood by ${draws} draws, nats`,
    ...{ value: -mean, standardError, published: null, publishedError: null, comparable: false },
    note: 'not in the source, which gives bounds',
  };
}

function checksOf(gaps: ByKind, judged: Readonly<Record<PosteriorKind, Judged>>): Check[] {
  const left = ({ likelihood, bound }: Judged) => differences(likelihood, bound);
  const least = Math.min(...kinds.map((kind) => estimate(gaps[kind]).mean));
  return [
    {
      claim: 'No bound of the known model is above its log-likelihood: the least gap, in nats',
      ...{ value: least, threshold: 0, holds: least > 0 },
    },
    ...flows.map((kind) =>
      check(
        `Known model: ${posteriorKinds[kind]} is closer to the true posterior than a normal law`,
        advantage(gaps.plain, gaps[kind]),
      ),
    ),
    check(
      `Images: the bound is closer to the log-likelihood with ${posteriorKinds.umnn} than with a normal law`,
      advantage(left(judged.plain), left(judged.umnn)),
    ),
  ];
}

function check(claim: string, { mean, standardError }: Estimate): Check {
  return {
    claim: `${claim}, by more than three standard errors, in nats`,
    value: mean,
    threshold: 3 * standardError,
    holds: mean > 3 * standardError,
  };
}
