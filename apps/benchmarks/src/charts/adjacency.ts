import * as Plot from '@observablehq/plot';
import type { Adjacency } from '@pushforward/conditioners';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

const [dark, pale] = ['#3a4252', '#c8ccd4'];

/**
 * A network that was found over the one that is believed: cells of row i and column j are dark where i depends on j, pale
 * where j depends on i, and have a dot where an edge was found.
 */
export function adjacencyChart(
  believed: Adjacency,
  found: Adjacency,
  names: readonly string[],
  label: string,
): Html {
  const cells = names.flatMap((child, i) =>
    names.map((parent, j) => ({
      child,
      parent,
      fill: believed[i]![j] === 1 ? dark : believed[j]![i] === 1 ? pale : '#f4f3ee',
    })),
  );
  const edges = names.flatMap((child, i) =>
    names.filter((_, j) => found[i]![j] === 1).map((parent) => ({ child, parent })),
  );
  const size = 60 + 30 * names.length;
  const legend = [
    { sign: '■', meaning: 'believed', fill: dark, dx: 0 },
    { sign: '■', meaning: 'reversed', fill: pale, dx: 80 },
    { sign: '●', meaning: 'found', fill: colours.flow, dx: 160 },
  ];
  const below = { frameAnchor: 'bottom-left', lineAnchor: 'top', dy: 16 } as const;
  return svg(
    {
      width: size + 40,
      height: size + 42,
      marginTop: 62,
      marginLeft: 76,
      marginBottom: 46,
      x: {
        domain: [...names],
        axis: 'top',
        label: 'from',
        labelAnchor: 'center',
        labelOffset: 58,
        tickRotate: -45,
        tickSize: 0,
      },
      y: { domain: [...names], label: 'to', tickSize: 0 },
      marks: [
        ...legend.flatMap(({ sign, meaning, fill, dx }) => [
          Plot.text([sign], { ...below, fill, dx }),
          Plot.text([meaning], { ...below, dx: dx + 14 }),
        ]),
        Plot.cell(cells, { x: 'parent', y: 'child', fill: 'fill', inset: 0.5 }),
        Plot.dot(edges, { x: 'parent', y: 'child', r: 6, fill: colours.flow, stroke: 'white' }),
      ],
    },
    label,
  );
}
