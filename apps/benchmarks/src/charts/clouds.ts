import * as Plot from '@observablehq/plot';
import { type Html, html } from '../report/html.js';
import { type Grid, heat } from './heat.js';
import type { Rows } from './pairs.js';
import { panel } from './svg.js';

/** Points of the plane. */
export interface Cloud {
  readonly title: string;
  readonly points: Rows;
  /** The group of each point, 0 to 3, which gives its colour. */
  readonly groups: readonly number[];
}

/** A density over the axes of its row. */
export interface Density {
  readonly title: string;
  readonly density: Grid;
}

/** Where a picture ends, on each axis. */
export type Window = readonly [x: [number, number], y: [number, number]];

const size = 220;
const margins = { marginTop: 26, marginLeft: 30, marginRight: 8, marginBottom: 22 };
const frame = { width: size - 38, height: size - 48 };
const groupColours = ['#2456c8', '#c9761a', '#0b7a5b', '#a63a79'];

/** Clouds, and densities among them, in a grid; a row has the axes of its first cloud. */
export function cloudGrid(rows: readonly (readonly (Cloud | Density)[])[]): Html {
  const panels = rows.flatMap((cells, i) => {
    const first = cells.find((cell) => 'points' in cell)!;
    const window = windowOf(first.points);
    return cells.map(
      (cell, j) =>
        html`<g transform="translate(${j * size},${i * size})">${drawn(cell, window)}</g>`,
    );
  });
  const [width, height] = [size * rows[0]!.length, size * rows.length];
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" style="background:white" role="img" aria-label="Points of the plane">${panels}</svg>`;
}

/** The axes of a cloud. */
export function windowOf(points: Rows): Window {
  const [x, y] = [0, 1].map((axis) => rangeOf(points.map((p) => p[axis]!)));
  return [x!, y!];
}

function drawn(cell: Cloud | Density, [x, y]: Window): Html {
  return panel({
    ...{ width: size, height: size, ...margins },
    x: { domain: x, label: null, ticks: 5 },
    y: { domain: y, label: null, ticks: 5 },
    marks: [
      'density' in cell ? heat(cell.density, frame) : dots(cell),
      Plot.frame({ stroke: '#d9d8d1' }),
      Plot.text([cell.title], { frameAnchor: 'top', dy: -16, fontWeight: 600, fill: '#22262c' }),
    ],
  });
}

function dots({ points, groups }: Cloud) {
  const coloured = points.map(([a, b], i) => ({ a, b, colour: groupColours[groups[i]!]! }));
  return Plot.dot(coloured, {
    ...{ x: 'a', y: 'b', r: 1.6, fill: 'colour', fillOpacity: 0.7, clip: true },
  });
}

function rangeOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.15 * (high - low);
  return [low - margin, high + margin];
}
