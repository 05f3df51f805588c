import * as Plot from '@observablehq/plot';
import type { Row } from '../experiments/result.js';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

/**
 * Our figures less the published ones, with two standard errors of ours as bars and the published errors as bands.
 *
 * @param rows with a published figure each
 */
export function comparisonChart(rows: readonly Row[]): Html {
  const points = rows.map((row) => ({
    label: row.label,
    difference: row.value - row.published!,
    own: 2 * (row.standardError ?? 0),
    published: row.publishedError ?? 0,
  }));
  return svg(
    {
      width: 640,
      height: 70 + 44 * rows.length,
      marginLeft: 150,
      marginRight: 24,
      marginBottom: 42,
      x: { label: 'ours − published, nats', labelAnchor: 'center', grid: true, ticks: 6 },
      y: { label: null, domain: rows.map(({ label }) => label), tickSize: 0 },
      marks: [
        Plot.ruleX([0], { stroke: colours.data }),
        Plot.link(points, {
          x1: (p: (typeof points)[number]) => -p.published,
          x2: 'published',
          y1: 'label',
          y2: 'label',
          stroke: colours.gaussian,
          strokeWidth: 14,
          strokeOpacity: 0.25,
        }),
        Plot.link(points, {
          x1: (p: (typeof points)[number]) => p.difference - p.own,
          x2: (p: (typeof points)[number]) => p.difference + p.own,
          y1: 'label',
          y2: 'label',
          stroke: colours.flow,
          strokeWidth: 3,
          strokeOpacity: 0.4,
        }),
        Plot.dot(points, { x: 'difference', y: 'label', fill: colours.flow, r: 5.5 }),
      ],
    },
    'Our figures less the published ones',
  );
}
