import { digits, freyFaces, mnist, omniglotSmall } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import { elbo, gaussian, perceptron, vae } from '@pushforward/vae';
import { valuesChart } from '../charts/values.js';
import { posteriorFlows as published } from '../published.js';
import { bentModel } from '../studies/bentModel.js';
import { boundOf } from '../studies/bounds.js';
import {
  costOf,
  type FoundOfImages,
  type ImageStudy,
  judgedOnImages,
} from '../studies/flowImages.js';
import { freshData } from '../studies/freshData.js';
import { imagesAtHand } from '../studies/imagesAtHand.js';
import { inTurn } from '../studies/inTurn.js';
import { type Recipe, usualAdam, withTrained } from '../studies/learn.js';
import {
  type ByKind,
  kinds,
  ofEachKind,
  type PosteriorKind,
  type PosteriorSize,
  posteriorKinds,
  posteriorOf,
} from '../studies/posteriorKinds.js';
import { advantage, estimate } from '../studies/score.js';
import { above } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  readonly bent: BentSize;
  readonly images: readonly ImageStudy[];
}

interface BentSize {
  /** Rows of an epoch, and to judge by. */
  readonly rows: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly flows: PosteriorSize;
  readonly recipe: Recipe;
}

const small: PosteriorSize = {
  ...{ context: 8, planar: 4, sylvester: 2, iaf: 2, umnn: 2, hidden: [32] },
  turn: { basis: 'householder' },
  network: { embedding: 8, hidden: [24, 24], steps: 10 },
};

/** With latents of the source's size. */
const large: PosteriorSize = {
  ...{ context: 64, planar: 16, sylvester: 4, iaf: 4, umnn: 2, hidden: [320] },
  turn: { rank: 16 },
  network: { embedding: 16, hidden: [32, 32], steps: 10 },
};

const ink = { pixels: 'ink', black: 255 } as const;
// Images as few and as varied as these are, learned in a few passes, order no posteriors reliably: nothing is claimed.
const faces = {
  data: freyFaces,
  published: 'freyFaces',
  pixels: 'grey',
  black: 255,
  claim: false,
} as const;
const letters = { ...ink, data: omniglotSmall, published: 'omniglot', claim: false } as const;

/** What a quick run and one of hours have of the networks in the source, which learn for days. */
const networksOf = (latent: number) =>
  `perceptrons and ${latent} latents, where the source has gated convolutions, 64 latents and more passes`;
const letterNote = 'eight alphabets, where the source has fifty';

/**
 * The full scale has latents of the source's size, perceptrons for its convolutions, and the passes of hours, not of
 * days.
 */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    bent: {
      ...{ rows: 10_000, test: 2000, hidden: [32, 32], flows: small },
      recipe: { epochs: 10, batchSize: 100, learningRate: 5e-3 },
    },
    images: [
      {
        data: (key) => Promise.resolve(digits().partition(key, { validation: 0.15, test: 0.25 })),
        note: 'images of 8 x 8 and 2 latents, where the source has MNIST and 64',
        claim: true,
        ...{ pixels: 'ink', black: 16, train: 2000, validation: 200, test: 400 },
        ...{ hidden: [64], latent: 2, flows: small, draws: 500, bounds: 100 },
        recipe: { epochs: 30, batchSize: 64, learningRate: 5e-3 },
      },
      {
        ...{ ...faces, note: networksOf(4), train: 1565, validation: 200, test: 200 },
        ...{ hidden: [64], latent: 4, flows: small, draws: 100, bounds: 20 },
        recipe: { epochs: 15, batchSize: 64, learningRate: 5e-3 },
      },
      {
        ...{ ...letters, note: `${letterNote}; ${networksOf(8)}` },
        ...{ train: 2000, validation: 200, test: 200 },
        ...{ hidden: [100], latent: 8, flows: small, draws: 100, bounds: 20 },
        recipe: { epochs: 10, batchSize: 64, learningRate: 3e-3 },
      },
    ],
  },
  full: {
    bent: {
      ...{ rows: 50_000, test: 10_000, hidden: [64, 64] },
      flows: { ...small, network: { embedding: 16, hidden: [50, 50], steps: 30 } },
      recipe: { epochs: 30, batchSize: 100, learningRate: 3e-3 },
    },
    images: [
      {
        ...{ ...ink, data: () => mnist(), published: 'mnist', note: networksOf(64) },
        claim: true,
        ...{ train: 20_000, validation: 1000, test: 1000 },
        ...{ hidden: [300, 300], latent: 64, flows: large, draws: 200, bounds: 100 },
        recipe: { epochs: 25, batchSize: 100, learningRate: 1e-3 },
      },
      {
        ...{ ...faces, note: networksOf(64), train: 1565, validation: 200, test: 200 },
        ...{ hidden: [300, 300], latent: 64, flows: large, draws: 200, bounds: 100 },
        recipe: { epochs: 100, batchSize: 100, learningRate: 1e-3 },
      },
      {
        ...{ ...letters, note: `${letterNote}; ${networksOf(64)}` },
        ...{ train: 3872, validation: 484, test: 484 },
        ...{ hidden: [300, 300], latent: 64, flows: large, draws: 200, bounds: 100 },
        recipe: { epochs: 60, batchSize: 100, learningRate: 1e-3 },
      },
    ],
  },
};

const flows = kinds.filter((kind) => kind !== 'plain');
/** A bound of one draw is noisy: the mean of so many is taken for each row, and so many rows go through at once. */
const [times, rowsAtOnce] = [100, 1000];

/** Auto-encoders whose noise goes through flows on its way to z. */
export const vaeFlows: Experiment = {
  name: 'vae-flows',
  source: published.source,
  summary:
    'Flows bring a posterior closer to the true one: by how much is known of a law, and seen on images.',
  run: (run) => posteriorsOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function posteriorsOf(run: Run, size: Size): Promise<Findings> {
  const [forBent, forImages] = run.key.split(2);
  const gaps = await gapsOf({ ...run, key: forBent }, size.bent);
  const found = (
    await inTurn(forImages, size.images, async (key, study) => {
      const [forData, forModels] = key.split(2);
      const data = await imagesAtHand(() => study.data(forData), run.say);
      return data && judgedOnImages({ ...run, key: forModels }, study, data);
    })
  ).filter((one) => one !== undefined);
  const ofGaps = kinds.map((kind) => gapRow(kind, gaps[kind]));
  const ofImages = found.map((one) => kinds.map((kind) => boundRow(kind, one)));
  return {
    rows: [
      ...ofGaps,
      ...found.flatMap((one, i) => [
        ...ofImages[i]!,
        ...kinds.map((kind) => likelihoodRow(kind, one)),
      ]),
    ],
    checks: [...checksOfGaps(gaps), ...found.filter(({ study }) => study.claim).map(checkOfImages)],
    pictures: {
      'vae-flows.svg': valuesChart(ofGaps),
      ...Object.fromEntries(
        found.map(({ name }, i) => [
          `vae-flows-${name.toLowerCase().replaceAll(' ', '-')}.svg`,
          valuesChart(ofImages[i]!),
        ]),
      ),
    },
  };
}

/** log p(x) less its bound, of a model that is known: KL(q || p(z | x)). */
async function gapsOf(
  run: Run,
  { rows, test, hidden, flows, recipe }: BentSize,
): Promise<ByKind<readonly number[]>> {
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
    return withTrained(
      forModels,
      build,
      parts,
      { ...recipe, adam: usualAdam },
      run.control,
      async (model) =>
        differences(truth, await boundOf(forJudging, model, x, 1, times, rowsAtOnce)),
    );
  });
  x.dispose();
  return gaps;
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

function boundRow(kind: PosteriorKind, found: FoundOfImages): Row {
  const { study, name, judged } = found;
  const [value, error] = study.published ? published[study.published][kind] : [null, null];
  return {
    label: `${name}, ${posteriorKinds[kind]}`,
    metric: `test negative evidence lower bound, ${unitOf(study)}`,
    ...costRow(found, judged[kind].bound),
    ...{ published: value, publishedError: error, note: study.note },
  };
}

function likelihoodRow(kind: PosteriorKind, found: FoundOfImages): Row {
  const { study, name, judged } = found;
  return {
    label: `${name}, ${posteriorKinds[kind]}`,
    metric: `test negative log-likelihood by ${study.draws} draws, ${unitOf(study)}`,
    ...costRow(found, judged[kind].likelihood),
    ...{ published: null, publishedError: null, note: 'not in the source, which gives bounds' },
  };
}

function costRow(found: FoundOfImages, nats: readonly number[]) {
  const { mean, standardError } = estimate(nats.map((value) => costOf(found, value)));
  return { value: mean, standardError, comparable: false };
}

const unitOf = ({ pixels }: ImageStudy) => (pixels === 'ink' ? 'nats' : 'bits per dimension');

function checksOfGaps(gaps: ByKind<readonly number[]>): Check[] {
  const least = Math.min(...kinds.map((kind) => estimate(gaps[kind]).mean));
  return [
    {
      claim: 'No bound of the known model is above its log-likelihood: the least gap, in nats',
      ...{ value: least, threshold: 0, holds: least > 0 },
    },
    ...flows.map((kind) =>
      above(
        `Known model: ${posteriorKinds[kind]} is closer to the true posterior than a normal law`,
        advantage(gaps.plain, gaps[kind]),
        'nats',
      ),
    ),
  ];
}

function checkOfImages({ name, judged }: FoundOfImages): Check {
  const left = (kind: PosteriorKind) => differences(judged[kind].likelihood, judged[kind].bound);
  return above(
    `${name}: the bound is closer to the log-likelihood with ${posteriorKinds.umnn} than with a normal law`,
    advantage(left('plain'), left('umnn')),
    'nats',
  );
}
