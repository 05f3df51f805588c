import * as Plot from '@observablehq/plot';
import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { svg } from './svg.js';

/** A loss after each epoch, in nats per example. */
export interface Curve {
  readonly label: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  /** The epoch whose weights were kept, from 1. */
  readonly best: number;
}

/**
 * Training and validation loss against the epoch, and a dot where the weights were kept. Of several curves the means are
 * drawn in full, and each validation loss thinly.
 */
export function learningCurves(
  curves: readonly Curve[],
  baseline: { label: string; loss: number },
  unit = 'nats per example',
): Html {
  const train = points(meanOf(curves.map((curve) => curve.train)));
  const validation = points(meanOf(curves.map((curve) => curve.validation)));
  const each = curves.length > 1 ? curves.map((curve) => points(curve.validation)) : [];
  const kept = curves.map(({ best, validation }) => ({ epoch: best, loss: validation[best - 1]! }));
  const y = lossRange(
    [...train, ...validation, ...kept].map(({ loss }) => loss),
    baseline.loss,
  );
  return svg(
    {
      width: 460,
      height: 300,
      marginLeft: 48,
      marginRight: 18,
      marginBottom: 40,
      x: { label: 'epoch', ticks: 6 },
      y: { label: `loss, ${unit}`, grid: true, ticks: 6, domain: y },
      marks: [
        ...each.map((curve) => line(curve, colours.flow, { strokeWidth: 0.8, strokeOpacity: 0.4 })),
        line(train, '#9db3e4'),
        line(validation, colours.flow),
        Plot.dot(kept, { x: 'epoch', y: 'loss', fill: colours.flow, stroke: 'white', r: 4 }),
        Plot.ruleY([baseline.loss], { stroke: colours.kernel, strokeDasharray: '4 3' }),
        Plot.text([baseline], {
          y: 'loss',
          text: 'label',
          frameAnchor: 'right',
          dy: -8,
          fill: colours.kernel,
        }),
      ],
    },
    'Training and validation loss by epoch',
  );
}

interface Point {
  readonly epoch: number;
  readonly loss: number;
}

function line(points: readonly Point[], stroke: string, options: Plot.LineOptions = {}) {
  return Plot.line(points, {
    x: 'epoch',
    y: 'loss',
    clip: true,
    strokeWidth: 1.8,
    stroke,
    ...options,
  });
}

function points(losses: readonly number[]): Point[] {
  return losses.map((loss, i) => ({ epoch: i + 1, loss }));
}

/** The mean of some curves, as far as all of them go. */
function meanOf(curves: readonly (readonly number[])[]): number[] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from(
    { length },
    (_, i) => curves.reduce((sum, curve) => sum + curve[i]!, 0) / curves.length,
  );
}

/** All values but the first steep descent, which would flatten the rest; a baseline is always in sight. */
function lossRange(losses: readonly number[], baseline: number): [number, number] {
  const sorted = losses.filter(Number.isFinite).sort((a, b) => a - b);
  const most = sorted[Math.floor(0.97 * (sorted.length - 1))]!;
  const low = Math.min(sorted[0]!, baseline);
  const high = Math.max(most, baseline);
  const margin = 0.05 * (high - low || 1);
  return [low - margin, high + margin];
}
