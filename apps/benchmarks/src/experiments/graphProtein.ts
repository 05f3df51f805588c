import { adjacencyChart } from '../charts/adjacency.js';
import { thesis } from '../published.js';
import { chance } from '../studies/chance.js';
import { proteinData } from '../studies/graphData.js';
import { agreement, edgeCount, searchGraph } from '../studies/graphSearch.js';
import type { Experiment } from './experiment.js';
import type { Row } from './result.js';

const sizes = {
  quick: {
    rows: 2000,
    search: { l1: 12, epochs: 120, batchSize: 200, learningRate: 0.02, hidden: [32, 32] },
  },
  full: {
    rows: Number.POSITIVE_INFINITY,
    search: { l1: 12, epochs: 400, batchSize: 200, learningRate: 0.01, hidden: [60, 60, 60] },
  },
} as const;

/** The network of the proteins that data alone suggest, over the one that experts agree on. */
export const graphProtein: Experiment = {
  name: 'graph-protein',
  source: { document: thesis, item: 'figure 6.4, section 6.5.1' },
  summary: 'Most edges that are found among the Sachs proteins are ones that experts know of.',
  async run({ key, scale, control, say }) {
    const { rows, search } = sizes[scale];
    const [forData, forRows, forSearch] = key.split(3);
    const { train, validation, adjacency } = await proteinData(forData, 'logarithms');
    const some = train.subset(forRows.permutation(train.length).slice(0, rows));
    say(`${some.length} cells, ${train.features} proteins`);
    const found = await searchGraph(forSearch, { train: some, validation }, search, control);
    const { joined, directed } = agreement(found, adjacency);
    const edges = edgeCount(found);
    const known = edgeCount(adjacency);
    const pairs = (train.features * (train.features - 1)) / 2;
    const byChance = chance(joined, { drawn: edges, marked: known, all: pairs });
    const note = `logarithms of ${some.length} cells, weight of the sparsity ${search.l1}`;
    return {
      rows: [
        count('edges found', edges, note),
        count('of these, between proteins that the experts join', joined, `${known} edges in all`),
        count('of these, in their direction', directed, 'equivalent networks differ in directions'),
      ],
      checks: [
        {
          claim:
            'So many of the edges found are known to the experts that as many drawn at random would be with a probability below 5%',
          value: byChance,
          threshold: 0.05,
          holds: byChance < 0.05,
        },
      ],
      pictures: {
        'graph-protein.svg': adjacencyChart(
          adjacency,
          found,
          train.columns,
          'Edges found among the proteins, over those that experts agree on',
        ),
      },
    };
  },
};

function count(metric: string, value: number, note: string): Row {
  return {
    ...{ label: 'Sachs proteins', metric, value, standardError: null },
    ...{ published: null, publishedError: null, comparable: false },
    note: `${note}; the source shows a matrix and gives no figure`,
  };
}
