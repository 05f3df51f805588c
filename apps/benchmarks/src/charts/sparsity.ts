import * as Plot from '@observablehq/plot';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

/** A log-likelihood at one weight of the sparsity. */
export interface SparsityPoint {
  readonly l1: number;
  readonly mean: number;
  readonly standardError: number;
}

/** Log-likelihood against sparsity, with two standard errors, between those of two graphs that are given. */
export function sparsityChart(
  points: readonly SparsityPoint[],
  given: { readonly prescribed: number; readonly autoregressive: number },
): Html {
  const domain = points.map(({ l1 }) => String(l1));
  const drawn = points.map(({ l1, mean, standardError }) => ({
    ...{ l1: String(l1), mean },
    ...{ low: mean - 2 * standardError, high: mean + 2 * standardError },
  }));
  const lines = [
    { y: given.prescribed, text: 'the true network' },
    { y: given.autoregressive, text: 'an order' },
  ];
  return svg(
    {
      ...{ width: 460, height: 300, marginLeft: 52, marginRight: 18, marginBottom: 40 },
      x: { type: 'point', domain, label: 'weight of the sparsity' },
      y: { label: 'test log-likelihood, nats', grid: true, ticks: 6 },
      marks: [
        Plot.ruleY(lines, { y: 'y', stroke: colours.gaussian, strokeDasharray: '4 3' }),
        ...lines.map((line, i) =>
          Plot.text([line], {
            y: 'y',
            text: 'text',
            frameAnchor: 'right',
            dy: i === 0 ? -8 : 10,
            fill: colours.gaussian,
          }),
        ),
        Plot.line(drawn, { x: 'l1', y: 'mean', stroke: colours.flow, strokeWidth: 1.8 }),
        Plot.ruleX(drawn, { x: 'l1', y1: 'low', y2: 'high', stroke: colours.flow, strokeWidth: 2 }),
        Plot.dot(drawn, { x: 'l1', y: 'mean', fill: colours.flow, r: 4 }),
      ],
    },
    'Test log-likelihood by the weight of the sparsity',
  );
}
