import type { Key } from '@pushforward/tensors';
import { varianceCharts } from '../charts/variance.js';
import { type Published, thesisOnLatents, varianceLearned } from '../published.js';
import { inTurn } from '../studies/inTurn.js';
import { advantage } from '../studies/score.js';
import { sinusoidData, type Training } from '../studies/sinusoidModels.js';
import {
  errorOverVariance,
  type Origin,
  riseAfter,
  type Trained,
  trainWith,
  type VarianceModels,
} from '../studies/varianceRuns.js';
import { above, unpublishedRow } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** sigma that are fixed, from the smallest to the largest. */
  readonly fixed: readonly number[];
  readonly training: Training;
}

/** So many sigma of equal ratios from 0.01 to 1. */
const sweep = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    Number((10 ** ((2 * i) / (count - 1) - 2)).toPrecision(3)),
  );

const sizes: Record<Run['scale'], Size> = {
  quick: {
    fixed: sweep(5),
    training: {
      ...{ rows: 10_000, epochs: 40, batchSize: 100, learningRate: 5e-3, hidden: [64, 64, 64] },
    },
  },
  full: {
    fixed: sweep(50),
    training: {
      ...{ rows: 10_000, epochs: 300, batchSize: 100, learningRate: 3e-3 },
      hidden: [128, 128, 128, 128],
    },
  },
};

/** What learning the variance of the likelihood does that the right number alone does not. */
export const varianceLearning: Experiment = {
  name: 'variance-learning',
  source: { document: thesisOnLatents, item: 'figures 7.1 to 7.6, sections 7.1.3 and 7.3' },
  summary:
    'A variance that is learned makes a better model than the same variance fixed from the start, and one that depends on z a better one still.',
  run: (run) => variancesOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function variancesOf(run: Run, size: Size): Promise<Findings> {
  const [forData, measuring, ...forModels] = run.key.split(7);
  const [forLearned, forClosed, forLocal, forSame, forFixed] = forModels;
  const train = (training: Key, origin: Origin) => {
    run.say(typeof origin === 'number' ? `sigma = ${origin}` : `sigma: ${origin}`);
    return trainWith(origin, { training, measuring: measuring! }, size.training, run.control);
  };
  const learned = await train(forLearned!, 'learned');
  const models: VarianceModels = {
    learned,
    closed: await train(forClosed!, 'closed form'),
    local: await train(forLocal!, 'local'),
    same: await train(forSame!, learned.scales[0]!),
    fixed: await inTurn(forFixed!, size.fixed, train),
  };
  return {
    rows: rowsOf(models),
    checks: checksOf(models),
    pictures: varianceCharts(models, await sinusoidData(forData!, 1000)),
  };
}

function rowsOf(models: VarianceModels): Row[] {
  const { learned, closed, local, same, fixed } = models;
  const best = fixed.reduce((a, b) => (b.elbo.mean > a.elbo.mean ? b : a));
  const { scales } = local;
  const quantile = (share: number) => scales[Math.floor(share * (scales.length - 1))]!;
  return [
    ...rowsOfModel('sigma learned', learned),
    ...rowsOfModel('sigma in closed form', closed),
    ...rowsOfModel('sigma(z)', local),
    ...rowsOfModel('sigma fixed at what was learned', same),
    ...fixed.flatMap((model) =>
      rowsOfModel(`sigma fixed at ${model.scales[0]!.toPrecision(3)}`, model),
    ),
    publishedRow('sigma learned', bound, learned.elbo.mean + constant, varianceLearned.global),
    publishedRow('sigma(z)', bound, local.elbo.mean + constant, varianceLearned.local),
    publishedRow('sigma learned', 'sigma', learned.scales[0]!, varianceLearned.learnedScale),
    publishedRow('sigma fixed, the best', 'sigma', best.scales[0]!, varianceLearned.bestFixedScale),
    row('sigma(z)', 'sigma, smaller for a twentieth', quantile(0.05)),
    row('sigma(z)', 'sigma, larger for a twentieth', quantile(0.95)),
  ];
}

/** log 2 pi, which equations 7.1 and 7.4 leave out of a bound of two dimensions. */
const constant = Math.log(2 * Math.PI);
const bound = 'evidence lower bound + log 2 pi, nats';

function rowsOfModel(label: string, model: Trained): Row[] {
  const { mean, standardError } = model.elbo;
  return [
    row(label, 'evidence lower bound, nats', mean, standardError),
    row(label, 'KL(q(z | x) || p(z)), nats', model.divergence),
    row(label, 'latents with more than 0.05 nats', model.active),
    row(label, 'distance of generated means from the manifold', model.generationError),
    ...(model.origin === 'local' ? [] : [row(label, 'final sigma', model.scales[0]!)]),
  ];
}

function row(
  label: string,
  metric: string,
  value: number,
  standardError: number | null = null,
): Row {
  const note = 'all constants kept; the noise is 0.01 to 0.08';
  return unpublishedRow(label, metric, { mean: value, standardError }, note);
}

function publishedRow(label: string, metric: string, value: number, published: Published): Row {
  return {
    ...{ label, metric, value, standardError: null, comparable: false },
    ...{ published: published.value, publishedError: published.error },
    note: 'other data: the equation of those of the source is not given, nor are its networks; the mean of several runs there',
  };
}

function checksOf({ learned, local, same, fixed }: VarianceModels): Check[] {
  const over = (a: Trained, b: Trained) => advantage(a.bounds.elbo, b.bounds.elbo);
  const best = fixed.reduce((a, b) => (b.elbo.mean > a.elbo.mean ? b : a));
  const place = fixed.indexOf(best);
  const further = same.generationError / learned.generationError;
  const fit = Math.abs(errorOverVariance(learned) - 1);
  const early = riseAfter(same, 5) - riseAfter(learned, 5);
  return [
    above(
      'Learned, sigma makes a better model than fixed at the same value from the start',
      over(learned, same),
      'nats',
    ),
    {
      claim: 'Fixed there it generates means that are further from the manifold, by a factor of',
      ...{ value: further, threshold: 1.5, holds: further > 1.5 },
    },
    above(
      'Learned, sigma makes a better model than the best of those that are fixed',
      over(learned, best),
      'nats',
    ),
    {
      claim:
        'Of fixed sigma the best is neither the smallest nor the largest: its place among them',
      ...{ value: place, threshold: 0, holds: place > 0 && place < fixed.length - 1 },
    },
    {
      claim:
        'The sigma that is learned is the best for what is reconstructed: |e^2 / (D sigma^2) - 1|',
      ...{ value: fit, threshold: 0.1, holds: fit < 0.1 },
    },
    {
      claim:
        'Fixed, it does more of what it will do in the first five epochs: share of the rise of the bound, less that of the learned one',
      ...{ value: early, threshold: 0, holds: early > 0 },
    },
    above('A sigma(z) makes a better model than one sigma for all', over(local, learned), 'nats'),
  ];
}
