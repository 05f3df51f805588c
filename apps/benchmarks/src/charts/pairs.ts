import * as Plot from '@observablehq/plot';
import { type Html, html } from '../report/html.js';
import { colours } from '../report/style.js';
import { bars } from './bars.js';
import { panel } from './svg.js';

/** Rows of numbers to be looked at two columns at a time. */
export type Rows = readonly (readonly number[])[];

const size = 168;

/**
 * Every pair of columns: data below the diagonal, samples above it, both as histograms on it.
 *
 * @param data rows `[N][D]`
 * @param samples rows `[M][D]`
 */
export function pairPlot(columns: readonly string[], data: Rows, samples: Rows): Html {
  const domains = columns.map((_, j) => rangeOf(data.map((row) => row[j]!)));
  const panels = columns.flatMap((_, i) =>
    columns.map((_, j) => {
      const chart =
        i === j
          ? marginal(
              columns[j]!,
              domains[j]!,
              data.map((r) => r[j]!),
              samples.map((r) => r[j]!),
            )
          : cloud(i > j ? data : samples, j, i, domains, i > j ? colours.data : colours.flow);
      return html`<g transform="translate(${j * size},${i * size})">${chart}</g>`;
    }),
  );
  const side = columns.length * size;
  return html`<svg viewBox="0 0 ${side} ${side}" width="${side}" role="img" aria-label="Pairs of columns, data and samples">${panels}</svg>`;
}

function cloud(
  rows: Rows,
  x: number,
  y: number,
  domains: [number, number][],
  colour: string,
): Html {
  return panel({
    ...frame(domains[x]!),
    y: { domain: domains[y]!, ticks: 4, label: null },
    marks: [
      Plot.frame({ stroke: '#d9d8d1' }),
      Plot.dot(rows, {
        x: (r: Rows[number]) => r[x],
        y: (r: Rows[number]) => r[y],
        r: 1.7,
        fill: colour,
        fillOpacity: 0.55,
        clip: true,
      }),
    ],
  });
}

function marginal(name: string, domain: [number, number], data: number[], samples: number[]): Html {
  const known = bars(data, domain, 18);
  const sampled = bars(samples, domain, 18);
  const highest = Math.max(...[...known, ...sampled].map(({ density }) => density));
  return panel({
    ...frame(domain),
    // Room for the name above the bars.
    y: { axis: null, domain: [0, 1.25 * highest] },
    marks: [
      Plot.rect(known, {
        x1: 'from',
        x2: 'to',
        y1: 0,
        y2: 'density',
        fill: colours.data,
        fillOpacity: 0.25,
        insetRight: 0.5,
      }),
      Plot.line(
        sampled.flatMap(({ from, to, density }) => [
          { x: from, density },
          { x: to, density },
        ]),
        {
          x: 'x',
          y: 'density',
          stroke: colours.flow,
          strokeWidth: 1.6,
        },
      ),
      Plot.frame({ stroke: '#d9d8d1' }),
      Plot.text([name], {
        frameAnchor: 'top',
        dy: 5,
        fontWeight: 600,
        stroke: 'white',
        strokeWidth: 4,
        fill: '#22262c',
      }),
    ],
  });
}

function frame(domain: [number, number]): Plot.PlotOptions {
  return {
    width: size,
    height: size,
    marginTop: 8,
    marginRight: 8,
    marginBottom: 24,
    marginLeft: 30,
    x: { domain, ticks: 4, label: null },
  };
}

/** The range of the data with a margin: what samples put far outside is left off the picture. */
function rangeOf(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const margin = 0.08 * (high - low || 1);
  return [low - margin, high + margin];
}
