import * as Plot from '@observablehq/plot';
import { type Html, html } from '../report/html.js';
import type { Rows } from './pairs.js';
import { panel } from './svg.js';

/** Points of the plane. */
export interface Cloud {
  readonly title: string;
  readonly points: Rows;
  /** The group of each point, 0 to 3, which gives its colour. */
  readonly groups: readonly number[];
}

const size = 220;
const groupColours = ['#2456c8', '#c9761a', '#0b7a5b', '#a63a79'];

/** Clouds in a grid, those of a row with the same axes, which are those of its first cloud. */
export function cloudGrid(rows: readonly (readonly Cloud[])[]): Html {
  const panels = rows.flatMap((clouds, i) => {
    const [x, y] = [0, 1].map((axis) => rangeOf(clouds[0]!.points.map((p) => p[axis]!)));
    return clouds.map(
      (cloud, j) =>
        html`<g transform="translate(${j * size},${i * size})">${drawn(cloud, x!, y!)}</g>`,
    );
  });
  const [width, height] = [size * rows[0]!.length, size * rows.length];
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="background:white" role="img" aria-label="Points of the plane">${panels}</svg>`;
}

function drawn({ title, points, groups }: Cloud, x: [number, number], y: [number, number]): Html {
  const dots = points.map(([a, b], i) => ({ a, b, colour: groupColours[groups[i]!]! }));
  return panel({
    width: size,
    height: size,
    marginTop: 26,
    marginLeft: 30,
    marginRight: 8,
    marginBottom: 22,
    x: { domain: x, label: null, ticks: 5 },
    y: { domain: y, label: null, ticks: 5 },
    marks: [
      Plot.frame({ stroke: '#d9d8d1' }),
      Plot.dot(dots, { x: 'a', y: 'b', r: 1.6, fill: 'colour', fillOpacity: 0.7, clip: true }),
      Plot.text([title], { frameAnchor: 'top', dy: -16, fontWeight: 600, fill: '#22262c' }),
    ],
  });
}

function rangeOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.15 * (high - low);
  return [low - margin, high + margin];
}
