import {
  type Adjacency,
  autoregressiveAdjacency,
  couplingAdjacency,
  depthOf,
} from '@pushforward/conditioners';
import { bsds300Patches, type Split, standardise, wineQuality } from '@pushforward/datasets';
import { graphical } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { valuesChart } from '../charts/values.js';
import { graphsOfPatches, thesis } from '../published.js';
import { edgeCount, searchGraph } from '../studies/graphSearch.js';
import { inTurn } from '../studies/inTurn.js';
import { withTrained } from '../studies/learn.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import type { Experiment, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** Splines are monotone too, and fit in a tenth of the time. */
const sizes = {
  quick: {
    sets: ['white wine'],
    search: { epochs: 40, batchSize: 200, learningRate: 0.02, hidden: [32, 32] },
    density: { epochs: 15, batchSize: 200, learningRate: 4e-3 },
    hidden: [64, 64],
    normalizers: { affine: { normalizer: 'affine' }, monotone: { normalizer: 'spline' } },
  },
  full: {
    sets: ['white wine', 'BSDS300 patches'],
    search: { epochs: 300, batchSize: 200, learningRate: 0.01, hidden: [64, 64] },
    density: { epochs: 100, batchSize: 200, learningRate: 1e-3 },
    hidden: [256, 256],
    normalizers: {
      affine: { normalizer: 'affine' },
      monotone: {
        normalizer: 'umnn',
        umnn: { embedding: 30, hidden: [100, 100, 100], steps: 20 },
      },
    },
  },
} as const;

type Name = 'white wine' | 'BSDS300 patches';
const kinds = ['coupling', 'autoregressive', 'graphical'] as const;
const families = ['affine', 'monotone'] as const;
type Kind = (typeof kinds)[number];
type Family = (typeof families)[number];

/** One step along three kinds of graph, with affine and with monotone maps. */
export const graphDensity: Experiment = {
  name: 'graph-density',
  source: { document: thesis, item: 'tables 6.3 and 6.5, section 6.5.2' },
  summary:
    'A graph that is learned gives better densities than a coupling, and is no deeper than an order.',
  async run(run) {
    const names = sizes[run.scale].sets;
    const found = await inTurn(run.key, names, (key, name) => study(key, name, run));
    const rows = found.flatMap(({ rows }) => rows);
    return {
      rows,
      checks: found.flatMap(({ checks }) => checks),
      pictures: {
        'graph-density.svg': valuesChart(rows.filter(({ metric }) => metric === likelihood)),
      },
    };
  },
};

interface Found {
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
}

async function study(key: Key, name: Name, run: Run): Promise<Found> {
  const { search } = sizes[run.scale];
  const [forData, forSearch, forFlows] = key.split(3);
  const data = await dataOf(forData, name);
  const { features } = data.train;
  run.say(`${name}: search for a graph`);
  const graphs: Record<Kind, Adjacency> = {
    coupling: couplingAdjacency(
      Array.from({ length: features }, (_, i) => Number(2 * i < features)),
    ),
    autoregressive: autoregressiveAdjacency([...Array(features).keys()]),
    graphical: await searchGraph(forSearch, data, { ...search, l1: 0 }, run.control),
  };
  const values = {} as Record<Family, Record<Kind, number[]>>;
  for (const family of families) {
    values[family] = {} as Record<Kind, number[]>;
    for (const kind of kinds) {
      run.say(`${name}: ${family}, ${kind}`);
      values[family][kind] = await logLikelihoodsOf(forFlows, graphs[kind], family, data, run);
    }
  }
  return {
    rows: [
      ...families.flatMap((family) =>
        kinds.map((kind) => likelihoodRow(name, family, kind, values[family][kind])),
      ),
      ...kinds.flatMap((kind) => graphRows(name, kind, graphs[kind])),
    ],
    checks: families.flatMap((family) => checksOf(`${name}, ${family}`, values[family])),
  };
}

async function dataOf(
  key: Key,
  name: Name,
): Promise<Record<'train' | 'validation' | 'test', Split>> {
  if (name === 'BSDS300 patches') return bsds300Patches(key);
  const [forTest, forValidation] = key.split(2);
  const { train: rest, test } = (await wineQuality('white')).trainTest(forTest, 0.1);
  const { train, test: validation } = rest.trainTest(forValidation, 0.1);
  const x = standardise(train);
  const [first, second, third] = [train, validation, test].map((part) => part.transform({ x }));
  return { train: first!, validation: second!, test: third! };
}

/** log p of the test rows under a flow along the graph, with one network of one form for all graphs. */
function logLikelihoodsOf(
  key: Key,
  graph: Adjacency,
  family: Family,
  data: Record<'train' | 'validation' | 'test', Split>,
  run: Run,
): Promise<number[]> {
  const { density, hidden, normalizers } = sizes[run.scale];
  const options = { features: data.train.features, hidden, graph, network: 'masked' } as const;
  const build = (key: Key) => graphical(key, { ...options, ...normalizers[family] });
  return withTrained(key, build, data, density, run.control, (flow) =>
    logLikelihoods(flow, data.test),
  );
}

/** The white wines are not among the source's tables. */
function publishedOf(name: Name): typeof graphsOfPatches | undefined {
  return name === 'BSDS300 patches' ? graphsOfPatches : undefined;
}

const likelihood = 'test log-likelihood, nats';

function likelihoodRow(name: Name, family: Family, kind: Kind, values: readonly number[]): Row {
  const { mean, standardError } = estimate(values);
  const [value, error] = publishedOf(name)?.likelihood[family][kind] ?? [null, null];
  const note =
    name === 'BSDS300 patches'
      ? 'other patches of the same photographs, a tenth as many; the graph is the one that affine maps find'
      : 'not among the tables of the source, whose own are not at hand';
  return {
    ...{ label: `${name}, ${family}, ${kind}`, metric: likelihood, value: mean, standardError },
    ...{ published: value, publishedError: error, comparable: false, note },
  };
}

function graphRows(name: Name, kind: Kind, graph: Adjacency): Row[] {
  const count = (metric: string, value: number, published: number | null): Row => ({
    ...{ label: `${name}, ${kind}`, metric, value, standardError: null, published },
    ...{ publishedError: null, comparable: false },
    note:
      kind === 'graphical'
        ? 'found by affine maps, without sparsity; cycles that are left when the search ends are cut'
        : 'fixed',
  });
  return [
    count('edges', edgeCount(graph), publishedOf(name)?.edges[kind] ?? null),
    count('depth, in edges', depthOf(graph), null),
  ];
}

function checksOf(name: string, values: Record<Kind, readonly number[]>): Check[] {
  const graphs = { autoregressive: 'an order', graphical: 'the graph that is learned' } as const;
  return (['autoregressive', 'graphical'] as const).map((kind) => {
    const { mean, standardError } = advantage(values[kind], values.coupling);
    return {
      claim: `${name}: a coupling, which assumes independencies at will, is worse than ${graphs[kind]} by more than three standard errors, in nats`,
      value: mean,
      threshold: 3 * standardError,
      holds: mean > 3 * standardError,
    };
  });
}
