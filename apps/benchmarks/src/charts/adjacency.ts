import * as Plot from '@observablehq/plot';
import type { Adjacency } from '@pushforward/conditioners';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

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
      fill: believed[i]![j] === 1 ? '#3a4252' : believed[j]![i] === 1 ? '#c8ccd4' : '#f4f3ee',
    })),
  );
  const edges = names.flatMap((child, i) =>
    names.filter((_, j) => found[i]![j] === 1).map((parent) => ({ child, parent })),
  );
  const size = 60 + 30 * names.length;
  return svg(
    {
      width: size + 40,
      height: size,
      marginTop: 46,
      marginLeft: 76,
      x: { domain: [...names], axis: 'top', label: 'from', tickRotate: -45, tickSize: 0 },
      y: { domain: [...names], label: 'to', tickSize: 0 },
      marks: [
        Plot.cell(cells, { x: 'parent', y: 'child', fill: 'fill', inset: 0.5 }),
        Plot.dot(edges, { x: 'parent', y: 'child', r: 6, fill: colours.flow, stroke: 'white' }),
      ],
    },
    label,
  );
}
