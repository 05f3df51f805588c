import * as Plot from '@observablehq/plot';
import type { Html } from '../report/html.js';
import { nats } from '../report/numbers.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

/** The mean test log-likelihood of one model, in nats. */
export interface Score {
  readonly label: string;
  readonly mean: number;
  readonly standardError: number;
  readonly colour: string;
}

/** Each model's mean as a dot with two standard errors either side. */
export function scoreChart(scores: readonly Score[]): Html {
  const width = Math.max(...scores.map((s) => s.label.length));
  return svg(
    {
      width: 460,
      height: 60 + 40 * scores.length,
      marginBottom: 42,
      marginLeft: 14 + 7 * width,
      marginRight: 70,
      x: {
        label: 'mean test log-likelihood, nats (higher is better)',
        grid: true,
        inset: 12,
        labelAnchor: 'center',
      },
      y: { label: null, domain: scores.map((s) => s.label), tickSize: 0 },
      marks: [
        Plot.link(scores, {
          x1: (s: Score) => s.mean - 2 * s.standardError,
          x2: (s: Score) => s.mean + 2 * s.standardError,
          y1: 'label',
          y2: 'label',
          stroke: (s: Score) => s.colour,
          strokeWidth: 3,
          strokeOpacity: 0.35,
        }),
        Plot.dot(scores, { x: 'mean', y: 'label', fill: (s: Score) => s.colour, r: 6 }),
        Plot.text(scores, {
          x: 'mean',
          y: 'label',
          text: (s: Score) => nats(s.mean),
          dy: -14,
          fill: colours.data,
          fontWeight: 600,
        }),
      ],
    },
    'Mean test log-likelihood of each model',
  );
}
