import * as Plot from '@observablehq/plot';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { bars } from './bars.js';
import type { Rows } from './pairs.js';
import { svg } from './svg.js';

const shape = { width: 460, height: 280, marginLeft: 44, marginRight: 14, marginBottom: 40 };

/** All coordinates of the latents in one histogram, under the density of N(0, 1). */
export function coordinates(latents: Rows): Html {
  const curve = grid(-4.2, 4.2, 120).map((z) => ({
    z,
    density: Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI),
  }));
  return histogram(latents.flat(), curve, 'z', 'Latent coordinates against the normal density');
}

/** The lengths |z| of the latents in a histogram, under the density that they have when z ~ N(0, I). */
export function lengths(latents: Rows): Html {
  const dimensions = latents[0]!.length;
  const middle = Math.sqrt(dimensions);
  const radii = grid(Math.max(1e-3, middle - 4), middle + 5, 160);
  // r^(D-1) e^(-r^2/2) up to a constant, which the sum over the grid gives.
  const raw = radii.map((r) =>
    Math.exp((dimensions - 1) * Math.log(r / middle) - (r * r - middle * middle) / 2),
  );
  const area = raw.reduce((sum, value) => sum + value, 0) * (radii[1]! - radii[0]!);
  const curve = radii.map((z, i) => ({ z, density: raw[i]! / area }));
  const values = latents.map((row) => Math.hypot(...row));
  return histogram(values, curve, '|z|', 'Lengths of the latents against those of normal vectors');
}

function histogram(
  values: readonly number[],
  curve: { z: number; density: number }[],
  label: string,
  description: string,
): Html {
  return svg(
    {
      ...shape,
      x: { label },
      y: { label: 'density', grid: true, ticks: 5 },
      marks: [
        Plot.rect(bars(values, [curve[0]!.z, curve.at(-1)!.z], 42), {
          x1: 'from',
          x2: 'to',
          y1: 0,
          y2: 'density',
          fill: colours.flow,
          fillOpacity: 0.45,
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        Plot.line(curve, { x: 'z', y: 'density', stroke: colours.data, strokeWidth: 1.8 }),
        Plot.ruleY([0]),
      ],
    },
    description,
  );
}

function grid(from: number, to: number, points: number): number[] {
  return Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
}
