import * as Plot from '@observablehq/plot';
import type { Row } from '../experiments/result.js';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

/** The values of rows with two standard errors, one line each. */
export function valuesChart(rows: readonly Row[]): Html {
  const points = rows.map(({ label, value, standardError }) => ({
    ...{ label, value },
    ...{ low: value - 2 * (standardError ?? 0), high: value + 2 * (standardError ?? 0) },
  }));
  return svg(
    {
      ...{ width: 640, height: 70 + 34 * rows.length, marginLeft: 260, marginBottom: 42 },
      x: { label: rows[0]!.metric, labelAnchor: 'center', grid: true, ticks: 6 },
      y: { label: null, domain: rows.map(({ label }) => label), tickSize: 0 },
      marks: [
        Plot.ruleY(points, {
          y: 'label',
          x1: 'low',
          x2: 'high',
          stroke: colours.flow,
          strokeWidth: 3,
          strokeOpacity: 0.4,
        }),
        Plot.dot(points, { x: 'value', y: 'label', fill: colours.flow, r: 5 }),
      ],
    },
    rows[0]!.metric,
  );
}
