import * as Plot from '@observablehq/plot';
import type { Html } from '../report/html.js';
import { svg } from './svg.js';

/** Points of one thing that was measured, joined or not. */
export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly shape: 'line' | 'dashes' | 'dots';
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** What stands on the axes. */
export interface Axes {
  readonly x: string;
  readonly y: string;
  /** Whether x goes by powers of ten; false by default. */
  readonly logarithmic?: boolean;
}

/** Series over the same axes, named above them. */
export function seriesChart(series: readonly Series[], axes: Axes, label: string): Html {
  const drawn = series.filter(({ points }) => points.length > 0);
  const height = 300 + 15 * drawn.length;
  return svg(
    {
      ...{ width: 460, height, marginTop: 24 + 15 * drawn.length, marginLeft: 48 },
      ...{ marginRight: 18, marginBottom: 40 },
      x: { label: axes.x, type: axes.logarithmic ? 'log' : 'linear', ticks: 6, tickFormat: '~g' },
      y: { label: axes.y, grid: true, ticks: 6 },
      marks: [
        ...drawn.map((each) => marksOf(each)),
        ...drawn.map(({ label, colour, shape }, i) =>
          Plot.text([`${symbols[shape]} ${label}`], {
            ...{ frameAnchor: 'top-right', dy: 15 * (i - drawn.length), lineAnchor: 'bottom' },
            ...{ fill: colour, fontWeight: 600 },
          }),
        ),
      ],
    },
    label,
  );
}

const symbols = { line: '—', dashes: '- -', dots: '●' } as const;

function marksOf({ points, colour, shape }: Series) {
  if (shape === 'dots') return Plot.dot(points, { x: 'x', y: 'y', fill: colour, r: 3.5 });
  const dashes = shape === 'dashes' ? { strokeDasharray: '4 3' } : {};
  return Plot.line(points, { x: 'x', y: 'y', stroke: colour, strokeWidth: 1.8, ...dashes });
}
