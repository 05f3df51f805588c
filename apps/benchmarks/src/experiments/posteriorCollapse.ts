import { Autoregressive } from '@pushforward/conditioners';
import type { Key, Tensor } from '@pushforward/tensors';
import {
  autoregressive,
  bernoulli,
  diagonalNormal,
  elbo,
  type Family,
  latentReport,
  type Objective,
  perceptron,
  vae,
} from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { valuesChart } from '../charts/values.js';
import { thesisOnLatents } from '../published.js';
import { type Bounds, boundsOf, divergenceOf } from '../studies/bounds.js';
import { freshData } from '../studies/freshData.js';
import { inTurn } from '../studies/inTurn.js';
import { withTrained } from '../studies/learn.js';
import { NoisyTemplates } from '../studies/noisyTemplates.js';
import { advantage, estimate } from '../studies/score.js';
import { above, unpublishedRow } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** Models of each kind, each of its own draw of the templates. */
  readonly runs: number;
  readonly rows: number;
  readonly epochs: number;
  readonly hidden: readonly number[];
}

const sizes: Record<Run['scale'], Size> = {
  quick: { runs: 1, rows: 10_000, epochs: 30, hidden: [64, 64] },
  full: { runs: 10, rows: 10_000, epochs: 150, hidden: [128, 128] },
};

const { bits } = NoisyTemplates;
const testRows = 5000;
/** That mutual information is estimated from, which takes pairs of them. */
const pairedRows = 500;
/** delta of the delta-VAE, nats. */
const committedRate = 1;
/** What the constraint asks of E[-log p(x | z)]: nearly the entropy of a word whose template is known, 5.2 nats. */
const distortion = 5.4;

/** Likelihoods that can tell words without the latents, remedies, and one that cannot. */
const kinds = {
  independent: 'independent bits',
  autoregressive: 'autoregressive bits',
  annealed: 'autoregressive bits, annealing',
  committed: `autoregressive bits, delta = ${committedRate}`,
  constrained: `autoregressive bits, distortion <= ${distortion}`,
} as const;
type Kind = keyof typeof kinds;

/** Whether a likelihood that can do without the latents does. */
export const posteriorCollapse: Experiment = {
  name: 'posterior-collapse',
  source: { document: thesisOnLatents, item: 'section 5.4 and figure 5.6' },
  summary:
    'Behind an autoregressive likelihood latents carry less; annealing, a committed rate or a constraint bring it back.',
  run: (run) => collapseOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function collapseOf(run: Run, size: Size): Promise<Findings> {
  const found = await inTurn(run.key, [...Array(size.runs).keys()], async (key) => {
    const [forLaw, forTest, forModels] = key.split(3);
    const law = new NoisyTemplates(forLaw);
    const test = law.draw(forTest, testRows);
    const logProb = law.logProb(test);
    const truth = [...(await logProb.data())];
    const models = await inTurn(forModels, Object.keys(kinds) as Kind[], (key, kind) =>
      train(key, kind, { law, test }, size, run),
    );
    tf.dispose([test, logProb]);
    return { truth, models };
  });
  const measured = (Object.keys(kinds) as Kind[]).map((kind, i) =>
    summed(
      kind,
      found.map(({ models }) => models[i]!),
    ),
  );
  const divergences = measured.map(divergenceRow);
  return {
    rows: [
      boundRow(
        'the law itself',
        'test log-likelihood, nats',
        found.flatMap(({ truth }) => truth),
      ),
      ...measured.flatMap((each) => [
        boundRow(kinds[each.kind], 'evidence lower bound, nats', each.elbo),
        divergenceRow(each),
        informationRow(each),
        activeRow(each),
      ]),
    ],
    checks: checksOf(Object.fromEntries(measured.map((each) => [each.kind, each])) as Summaries),
    pictures: { 'posterior-collapse.svg': valuesChart(divergences) },
  };
}

/** What is measured of a model. */
interface Found extends Bounds {
  /** I(x; z) under q, nats. */
  readonly information: number;
}

/** What is said of a kind, over its runs. */
interface Summary {
  readonly kind: Kind;
  /** Of every row of every run. */
  readonly elbo: readonly number[];
  /** KL(q(z | x) || p(z)), I(x; z) and latents that have more than 0.05 nats of the first, of each run. */
  readonly divergences: readonly number[];
  readonly informations: readonly number[];
  readonly active: readonly number[];
}

type Summaries = Record<Kind, Summary>;

function summed(kind: Kind, found: readonly Found[]): Summary {
  return {
    kind,
    elbo: found.flatMap(({ elbo }) => elbo),
    divergences: found.map(divergenceOf),
    informations: found.map(({ information }) => information),
    active: found.map(({ divergences }) => divergences.filter((each) => each > 0.05).length),
  };
}

async function train(
  key: Key,
  kind: Kind,
  { law, test }: { readonly law: NoisyTemplates; readonly test: Tensor },
  { rows, epochs, hidden }: Size,
  run: Run,
): Promise<Found> {
  run.say(kinds[kind]);
  const [forModel, forDraws] = key.split(2);
  const network = perceptron(hidden, 'silu');
  const build = (key: Key) => {
    const [forLikelihood, forNetworks] = key.split(2);
    return vae(forNetworks, {
      likelihood: likelihoodOf(forLikelihood, kind, hidden),
      posterior: diagonalNormal(2, kind === 'committed' ? { committedRate } : {}),
      ...{ encoder: network, decoder: network, objective: objectiveOf(kind, epochs) },
    });
  };
  const data = { train: freshData(rows, law.draw), validation: freshData(1000, law.draw) };
  const recipe = { epochs, batchSize: 100, learningRate: 3e-3 };
  return withTrained(forModel, build, data, recipe, run.control, async (model) => {
    const few = tf.slice(test, 0, pairedRows);
    const { mutualInformation } = await latentReport(forDraws, model, few);
    few.dispose();
    return { ...(await boundsOf(forDraws, model, test)), information: mutualInformation };
  });
}

function likelihoodOf(key: Key, kind: Kind, hidden: readonly number[]): Family {
  if (kind === 'independent') return bernoulli(bits);
  return autoregressive(
    key,
    bernoulli(bits),
    (key, sizes) => new Autoregressive(key, { ...sizes, hidden: hidden.slice(1) }),
  );
}

function objectiveOf(kind: Kind, epochs: number): Objective {
  if (kind === 'annealed') return elbo({ annealing: Math.ceil(epochs / 2), pathDerivative: true });
  if (kind === 'constrained') return elbo({ distortion, pathDerivative: true });
  return elbo({ pathDerivative: true });
}

const named = `the name of the template is log 4 = ${NoisyTemplates.information.toFixed(2)} nats`;
const note =
  'the source describes the phenomenon and the remedies, and gives no data and no figure';

function boundRow(label: string, metric: string, values: readonly number[]): Row {
  return unpublishedRow(label, metric, estimate(values), note);
}

function divergenceRow({ kind, divergences }: Summary): Row {
  const metric = 'KL(q(z | x) || p(z)), nats';
  return unpublishedRow(kinds[kind], metric, runs(divergences), named);
}

function informationRow({ kind, informations }: Summary): Row {
  return unpublishedRow(kinds[kind], 'I(x; z), nats', runs(informations), named);
}

function activeRow({ kind, active }: Summary): Row {
  const metric = 'latents of 2 with more than 0.05 nats';
  return unpublishedRow(kinds[kind], metric, runs(active), note);
}

/** Over models of several keys; of one key the spread is not known. */
const runs = (values: readonly number[]) => (values.length > 1 ? estimate(values) : values[0]!);

function checksOf(found: Summaries): Check[] {
  const rate = (kind: Kind) => estimate(found[kind].divergences).mean;
  const told = (kind: Kind) => estimate(found[kind].informations).mean;
  const less = rate('autoregressive') / rate('independent');
  const gain = advantage(found.autoregressive.elbo, found.independent.elbo);
  const most = (kind: Kind) => rate(kind) / rate('autoregressive');
  // Not by the nats, of which there are delta whatever the latents tell.
  const kept = told('committed') / told('autoregressive');
  return [
    {
      claim:
        'Behind an autoregressive likelihood the latents carry less than behind independent bits: share of the nats',
      ...{ value: less, threshold: 0.75, holds: less < 0.75 },
    },
    above('It is no worse a model for that: its bound is higher', gain, 'nats'),
    {
      claim: 'Annealing of the divergence brings the latents back: nats, by a factor of',
      ...{ value: most('annealed'), threshold: 1.5, holds: most('annealed') > 1.5 },
    },
    {
      claim:
        'A committed rate makes them tell more of the words: mutual information, by a factor of',
      ...{ value: kept, threshold: 1.2, holds: kept > 1.2 },
    },
    {
      claim: 'A constraint on the distortion brings them back: nats, by a factor of',
      ...{ value: most('constrained'), threshold: 1.2, holds: most('constrained') > 1.2 },
    },
  ];
}
