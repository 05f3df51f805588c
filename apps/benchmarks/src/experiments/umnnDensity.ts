import { bsds300Patches, type Dataset } from '@pushforward/datasets';
import { type FlowOptions, maf, type UMNNFlowOptions, umnnMaf } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { scoreChart } from '../charts/scores.js';
import { monotoneFlows as published, thesis } from '../published.js';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { inTurn } from '../studies/inTurn.js';
import { type Recipe, withTrained } from '../studies/learn.js';
import { powerHourly } from '../studies/powerHourly.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import { withCopy } from '../studies/umnn.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

type Name = 'POWER by the hour' | 'BSDS300 patches';
type Kind = 'umnn' | 'affine';

const notes: Record<Name, string> = {
  'POWER by the hour': 'other data: sums over 34,587 hours, there 2,049,280 minutes',
  'BSDS300 patches':
    'other patches of the same photographs: 100,000 to learn from, there 1,000,000',
};

/** What is computed on one data set. */
export interface Study {
  readonly name: Name;
  readonly data: (key: Key) => Promise<Dataset>;
  readonly options: Omit<FlowOptions, 'features'>;
  readonly umnn: NonNullable<UMNNFlowOptions['umnn']>;
  readonly recipe: Recipe;
}

const power = { name: 'POWER by the hour', data: powerHourly } as const;

/** At the full scale the networks for POWER are those of the source; its other sizes are not in print. */
const studies: Record<Run['scale'], readonly Study[]> = {
  quick: [
    {
      ...power,
      options: { transforms: 1, hidden: [60, 60] },
      umnn: { embedding: 8, hidden: [32, 32, 32], steps: 10 },
      recipe: { epochs: 6, batchSize: 256, learningRate: 5e-3 },
    },
  ],
  full: [
    {
      ...power,
      options: { transforms: 5, hidden: [60, 60, 60] },
      umnn: { embedding: 30, hidden: [100, 100, 100], steps: 20 },
      recipe: { epochs: 200, batchSize: 2500, learningRate: 1e-3, patience: 30 },
    },
    {
      name: 'BSDS300 patches',
      data: bsds300Patches,
      options: { transforms: 5, hidden: [512, 512] },
      umnn: { embedding: 30, hidden: [64, 64, 64], steps: 20 },
      recipe: { epochs: 30, batchSize: 500, learningRate: 1e-3, patience: 5 },
    },
  ],
};

/** Steps of the integral in judging, as in the source: no error of quadrature is mistaken for likelihood. */
const stepsOfTest = 100;

/** UMNN steps beside affine ones with the same networks, on what is at hand of the usual tables. */
export const umnnDensity: Experiment = {
  name: 'umnn-density',
  source: { document: thesis, item: 'table 5.1 and section 5.5.2' },
  summary: 'UMNN steps in the place of affine ones raise the likelihood of tables of numbers.',
  run: (run) => densityOf(run, studies[run.scale]),
};

/** The experiment on any list of data sets. */
export async function densityOf(run: Run, studies: readonly Study[]): Promise<Findings> {
  run.say('Not at hand, and left out: GAS, HEPMASS, MINIBOONE and the minutes of POWER.');
  const found = await inTurn(run.key, studies, (key, one) => compare(key, one, run));
  return {
    rows: found.flatMap(({ rows }) => rows),
    checks: found.map(({ check }) => check),
    pictures: Object.fromEntries(found.map(({ file, picture }) => [file, picture])),
  };
}

interface Found {
  readonly rows: Row[];
  readonly check: Check;
  readonly file: string;
  readonly picture: Html;
}

async function compare(key: Key, study: Study, run: Run): Promise<Found> {
  const { name, recipe } = study;
  const [forData, forAffine, forMonotone] = key.split(3);
  const data = await study.data(forData);
  const options: FlowOptions = {
    ...study.options,
    features: data.test.features,
    permutation: 'reverse',
  };
  run.say(`${name}: affine`);
  const affine = await withTrained(
    forAffine,
    (key) => maf(key, options),
    data,
    recipe,
    run.control,
    (flow) => logLikelihoods(flow, data.test),
  );
  run.say(`${name}: UMNN`);
  const build = (key: Key, umnn = study.umnn) => umnnMaf(key, { ...options, umnn });
  const judged = (key: Key) => build(key, { ...study.umnn, steps: stepsOfTest });
  const umnn = await withTrained(
    forMonotone,
    (key) => build(key),
    data,
    recipe,
    run.control,
    async (flow) => ({
      asTrained: await logLikelihoods(flow, data.test),
      values: await withCopy(flow, judged, (flow) => logLikelihoods(flow, data.test)),
    }),
  );
  const gain = advantage(umnn.values, affine);
  const error = advantage(umnn.asTrained, umnn.values);
  return {
    rows: [
      rowOf(name, 'umnn', umnn.values),
      rowOf(name, 'affine', affine),
      {
        label: `${name}, UMNN`,
        metric: `log-likelihood more with ${study.umnn.steps} steps of the integral, as in training, than with ${stepsOfTest}, nats`,
        ...{ value: error.mean, standardError: error.standardError },
        ...{ published: null, publishedError: null, comparable: false },
        note: 'what the source avoids by testing with 100 steps',
      },
    ],
    check: {
      claim: `${name}: UMNN steps are better than as many affine ones, by more than three standard errors, in nats`,
      value: gain.mean,
      threshold: 3 * gain.standardError,
      holds: gain.mean > 3 * gain.standardError,
    },
    file: `umnn-density-${name.split(' ')[0]!.toLowerCase()}.svg`,
    picture: scoreChart([
      { label: 'UMNN-MAF', colour: colours.flow, ...estimate(umnn.values) },
      { label: 'MAF', colour: colours.gaussian, ...estimate(affine) },
    ]),
  };
}

function rowOf(name: Name, kind: Kind, values: readonly number[]): Row {
  const { mean, standardError } = estimate(values);
  const [value, error] = published[name][kind];
  return {
    label: `${name}, ${kind === 'umnn' ? 'UMNN-MAF' : 'MAF'}`,
    metric: 'test negative log-likelihood, nats',
    ...{ value: -mean, standardError, published: value, publishedError: error },
    comparable: false,
    note: notes[name],
  };
}
