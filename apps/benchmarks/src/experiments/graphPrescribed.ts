import { autoregressiveAdjacency } from '@pushforward/conditioners';
import { type GraphLawName, graphLaws } from '@pushforward/datasets';
import { graphical } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { comparisonChart } from '../charts/comparison.js';
import { prescribedGraphs as published, thesis } from '../published.js';
import { drawData, type GraphData, proteinData, truthOf } from '../studies/graphData.js';
import { inTurn } from '../studies/inTurn.js';
import { withTrained } from '../studies/learn.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import type { Experiment, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** Splines are monotone too, and fit in a tenth of the time; the full scale is that of the source. */
const sizes = {
  quick: {
    ...{ runs: 1, train: 2000, test: 2000, epochs: 60, batchSize: 100, learningRate: 4e-3 },
    hidden: [64, 64],
    normalizer: { normalizer: 'spline', slopeBound: 1000 },
  },
  full: {
    ...{ runs: 5, train: 10_000, test: 5000, epochs: 150, batchSize: 100, learningRate: 1e-3 },
    hidden: [60, 60, 60],
    normalizer: { normalizer: 'umnn', umnn: { embedding: 30, hidden: [100, 100, 100], steps: 20 } },
  },
} as const;

type Name = GraphLawName | 'proteins';
type Kind = 'graphical' | 'autoregressive';

const notes: Record<Name, string> = {
  arithmeticCircuit: 'the constants of the law are recalled; d, edges and entropy agree',
  eightPairs: 'another law: there the line has no noise, and its density no bound',
  tree: 'the equations of the law are recalled; d, edges and entropy agree',
  proteins:
    'other rows: 9000 and 1672, there 6000 and 1466; the published software reads its training rows to test by as well',
};

/** The true network against an order, both with one step of monotone networks. */
export const graphPrescribed: Experiment = {
  name: 'graph-prescribed',
  source: { document: thesis, item: 'tables 6.1 and 6.2, section 6.5.1' },
  summary: 'Flows along the true network generalise better than flows along a random order.',
  async run(run) {
    const names: Name[] = Object.keys(graphLaws) as GraphLawName[];
    if (run.scale === 'full') names.push('proteins');
    const found = await inTurn(run.key, names, (key, name) => study(key, name, run));
    const rows = found.flatMap(({ rows }) => rows);
    return {
      rows,
      checks: found.flatMap(({ checks }) => checks),
      pictures: {
        'graph-prescribed.svg': comparisonChart(rows.filter((row) => row.published !== null)),
      },
    };
  },
};

interface Found {
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
}

async function study(key: Key, name: Name, run: Run): Promise<Found> {
  const { runs } = sizes[run.scale];
  const values: Record<Kind | 'truth', number[]> = { graphical: [], autoregressive: [], truth: [] };
  for (const [i, each] of key.split(runs).entries()) {
    const [forData, forFlow] = each.split(2);
    const data = await dataOf(forData, name, run);
    if (name !== 'proteins')
      values.truth.push(...truthOf(forData, graphLaws[name], sizes[run.scale]));
    for (const kind of ['graphical', 'autoregressive'] as const) {
      run.say(`${name}: ${kind}, run ${i + 1} of ${runs}`);
      values[kind].push(...(await logLikelihoodsOf(forFlow, kind, data, run)));
    }
  }
  const rows = (['graphical', 'autoregressive'] as const).map((kind) =>
    rowOf(name, kind, values[kind], run.scale),
  );
  if (name === 'proteins') return { rows, checks: [] };
  return { rows: [boundOf(name, values.truth), ...rows], checks: [better(name, values)] };
}

/** A new draw of the law, or the proteins, with columns in random order. */
async function dataOf(key: Key, name: Name, { scale }: Run): Promise<GraphData> {
  return name === 'proteins' ? proteinData(key) : drawData(key, graphLaws[name], sizes[scale]);
}

/** log p of the test rows, after training. */
function logLikelihoodsOf(key: Key, kind: Kind, data: GraphData, run: Run): Promise<number[]> {
  const { epochs, batchSize, learningRate, hidden, normalizer } = sizes[run.scale];
  const { features } = data.train;
  const graph =
    kind === 'graphical' ? data.adjacency : autoregressiveAdjacency([...Array(features).keys()]);
  const network = kind === 'graphical' ? 'shared' : 'masked';
  const build = (key: Key) => graphical(key, { features, hidden, graph, network, ...normalizer });
  const recipe = { epochs, batchSize, learningRate };
  return withTrained(key, build, data, recipe, run.control, (flow) =>
    logLikelihoods(flow, data.test),
  );
}

const metric = 'test log-likelihood, nats';

function rowOf(name: Name, kind: Kind, values: readonly number[], scale: Run['scale']): Row {
  const { mean, standardError } = estimate(values);
  const [value, error] = published[name][kind];
  const { train, runs } = sizes[scale];
  const few =
    scale === 'quick'
      ? `; ${train} training rows, ${runs} run and splines, there 10,000, five and monotone networks`
      : '';
  return {
    label: `${name}, ${kind}`,
    metric,
    value: mean,
    standardError,
    published: value,
    publishedError: error,
    comparable: scale === 'full' && (name === 'arithmeticCircuit' || name === 'tree'),
    note: `columns divided by their standard deviations; ${notes[name]}${few}`,
  };
}

/** What no model can exceed, but by chance. */
function boundOf(name: Name, values: readonly number[]): Row {
  const { mean, standardError } = estimate(values);
  return {
    ...{ label: `${name}, the law itself`, metric, value: mean, standardError },
    ...{ published: null, publishedError: null, comparable: false },
    note: 'minus the entropy, on the same test rows',
  };
}

function better(name: Name, values: Record<Kind, number[]>): Check {
  const { mean, standardError } = advantage(values.graphical, values.autoregressive);
  return {
    claim: `${name}: along the true network unseen rows are likelier than along an order, by more than three standard errors, in nats`,
    value: mean,
    threshold: 3 * standardError,
    holds: mean > 3 * standardError,
  };
}
