import {
  type Adjacency,
  autoregressiveAdjacency,
  BayesianNetwork,
} from '@pushforward/conditioners';
import { eightPairs } from '@pushforward/datasets';
import { graphical } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { adjacencyChart } from '../charts/adjacency.js';
import { sparsityChart } from '../charts/sparsity.js';
import { thesis } from '../published.js';
import { drawData, type GraphData } from '../studies/graphData.js';
import { agreement, edgeCount, searchGraph } from '../studies/graphSearch.js';
import { withTrained } from '../studies/learn.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import type { Experiment, Run } from './experiment.js';
import type { Check, Row } from './result.js';

const splines = { normalizer: 'spline' } as const;

/** With 16 numbers the search takes an hour; two of the pairs show the same in half a minute. */
const sizes = {
  quick: {
    ...{ pairs: ['line', 'moons'], train: 2000, test: 2000, l1: [0, 0.3, 30] },
    search: { epochs: 200, batchSize: 200, learningRate: 0.02, hidden: [32, 32] },
    density: { epochs: 40, batchSize: 100, learningRate: 4e-3, hidden: [64, 64] },
  },
  full: {
    pairs: ['spirals', 'gaussians', 'roll', 'circles', 'line', 'pinwheel', 'board', 'moons'],
    ...{ train: 10_000, test: 5000, l1: [0, 1, 2, 4, 8, 16, 64, 256] },
    search: { epochs: 600, batchSize: 250, learningRate: 0.01, hidden: [60, 60, 60], ...splines },
    density: { epochs: 100, batchSize: 100, learningRate: 2e-3, hidden: [60, 60, 60] },
  },
} as const;

/** Graphs that are found under more and more sparsity, and the densities of flows along them. */
export const graphLearned: Experiment = {
  name: 'graph-learned',
  source: { document: thesis, item: 'figure 6.3, section 6.5.1' },
  summary:
    'With the right sparsity the network that is found is the true one, and as good to have; with too much it is worse.',
  async run(run) {
    const { l1 } = sizes[run.scale];
    const [forData, forFlows, forSearch] = run.key.split(3);
    const law = pairsOf(sizes[run.scale].pairs);
    const data = drawData(forData, law, sizes[run.scale]);
    const features = law.columns.length;
    const order = autoregressiveAdjacency([...Array(features).keys()]);
    const density = (graph: Adjacency, label: string) =>
      fitAlong(forFlows, graph, label, data, run);
    const prescribed = await density(data.adjacency, 'the true network');
    const autoregressive = await density(order, 'an order');
    const learned: Learned[] = [];
    for (const [i, key] of forSearch.split(l1.length).entries()) {
      run.say(`search, l1 = ${l1[i]!}`);
      const graph = await searchGraph(
        key,
        data,
        { ...sizes[run.scale].search, l1: l1[i]! },
        run.control,
      );
      learned.push({ l1: l1[i]!, graph, ...(await density(graph, `l1 = ${l1[i]!}`)) });
    }
    const best = sparsestOfBest(learned);
    return {
      rows: [
        likelihoodRow('the true network', prescribed.values),
        likelihoodRow('an order', autoregressive.values),
        ...learned.flatMap((each) => rowsOf(each, data.adjacency)),
      ],
      checks: checksOf({
        prescribed: prescribed.values,
        autoregressive: autoregressive.values,
        ...{ learned, best, truth: data.adjacency },
      }),
      pictures: {
        'graph-learned.svg': sparsityChart(
          learned.map(({ l1, values }) => ({ l1, ...estimate(values) })),
          { prescribed: mean(prescribed.values), autoregressive: mean(autoregressive.values) },
        ),
        'graph-learned-network.svg': adjacencyChart(
          data.adjacency,
          best.graph,
          data.train.columns,
          'The network that was found over the true one',
        ),
      },
    };
  },
};

/** How likely a flow along some graph is. */
interface Fitted {
  /** log p of each test row. */
  readonly values: readonly number[];
  /** log p of each validation row. */
  readonly validation: readonly number[];
}

/** What was found at one sparsity, and a flow along it. */
interface Learned extends Fitted {
  readonly l1: number;
  readonly graph: Adjacency;
}

/** Some of the eight pairs, with their part of the network. */
function pairsOf(names: readonly string[]) {
  const columns = names.flatMap((name) => [`${name}1`, `${name}2`]);
  const at = columns.map((name) => eightPairs.columns.indexOf(name));
  const draw = (key: Key, n: number) => eightPairs(key, n).select(columns);
  const adjacency = at.map((i) => at.map((j) => eightPairs.adjacency[i]![j]!));
  return Object.assign(draw, { columns, adjacency });
}

/**
 * The sparsest that is as likely as the likeliest to one standard error, over the validation rows: test rows would flatter
 * what they choose, and an edge too many costs next to nothing.
 */
function sparsestOfBest(learned: readonly Learned[]): Learned {
  const likeliest = learned.reduce((a, b) => (mean(b.validation) > mean(a.validation) ? b : a));
  const asLikely = learned.filter(({ validation }) => {
    const lost = advantage(likeliest.validation, validation);
    return lost.mean <= lost.standardError;
  });
  return asLikely.at(-1)!;
}

/** A flow along the graph, fitted and judged. */
function fitAlong(
  key: Key,
  graph: Adjacency,
  label: string,
  data: GraphData,
  run: Run,
): Promise<Fitted> {
  run.say(`density, ${label}`);
  const { hidden, ...recipe } = sizes[run.scale].density;
  const { features } = data.train;
  const build = (key: Key) => graphical(key, { features, graph, hidden, ...splines });
  return withTrained(key, build, data, recipe, run.control, async (flow) => ({
    values: await logLikelihoods(flow, data.test),
    validation: await logLikelihoods(flow, data.validation),
  }));
}

const mean = (values: readonly number[]) => estimate(values).mean;

function likelihoodRow(label: string, values: readonly number[]): Row {
  const { mean, standardError } = estimate(values);
  return {
    ...{ label, metric: 'test log-likelihood, nats', value: mean, standardError },
    ...{ published: null, publishedError: null, comparable: false },
    note: 'columns divided by their standard deviations; the source shows a curve and gives no figure',
  };
}

function rowsOf({ l1, graph, values }: Learned, truth: Adjacency): Row[] {
  const label = `learned, l1 = ${l1}`;
  const count = (metric: string, value: number, note: string): Row => ({
    ...{ label, metric, value, standardError: null },
    ...{ published: null, publishedError: null, comparable: false, note },
  });
  return [
    likelihoodRow(label, values),
    count('edges', edgeCount(graph), `the true network has ${edgeCount(truth)}`),
    count('true edges, in either direction', agreement(graph, truth).joined, ''),
  ];
}

function checksOf(found: {
  readonly prescribed: readonly number[];
  readonly autoregressive: readonly number[];
  readonly learned: readonly Learned[];
  readonly best: Learned;
  readonly truth: Adjacency;
}): Check[] {
  const { prescribed, autoregressive, learned, best, truth } = found;
  const most = learned.at(-1)!;
  const over = advantage(best.values, autoregressive);
  const under = advantage(best.values, most.values);
  const behind = advantage(prescribed, best.values);
  const network = new BayesianNetwork(best.graph);
  return [
    {
      claim:
        'The best graph that is found, as validation rows choose it, is better than an order, by more than three standard errors, in nats',
      value: over.mean,
      threshold: 3 * over.standardError,
      holds: over.mean > 3 * over.standardError,
    },
    {
      claim:
        'It is on par with the true network: of what that has over an order, less than a quarter is lost, in nats',
      value: behind.mean,
      threshold: advantage(prescribed, autoregressive).mean / 4,
      holds: behind.mean < advantage(prescribed, autoregressive).mean / 4,
    },
    {
      claim:
        'It asserts the independencies of the true network: pairs that only one of the two joins',
      value: agreement(best.graph, truth).different,
      threshold: 0,
      holds: network.isEquivalentTo(new BayesianNetwork(truth)),
    },
    {
      claim:
        'Too much sparsity loses what is needed: the best is likelier by more than three standard errors, in nats',
      value: under.mean,
      threshold: 3 * under.standardError,
      holds: under.mean > 3 * under.standardError,
    },
  ];
}
