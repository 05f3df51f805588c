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

/** Training and validation loss against the epoch, a thin pair of lines for each curve, a dot where the weights were kept. */
export function learningCurves(
  curves: readonly Curve[],
  baseline?: { label: string; loss: number },
): Html {
  const points = curves.flatMap(({ label, train, validation }) => [
    ...train.map((loss, i) => ({ label: `${label} train`, part: 'train', epoch: i + 1, loss })),
    ...validation.map((loss, i) => ({ label, part: 'validation', epoch: i + 1, loss })),
  ]);
  const kept = curves.map(({ best, validation }) => ({ epoch: best, loss: validation[best - 1]! }));
  return svg(
    {
      width: 460,
      height: 300,
      marginLeft: 48,
      marginRight: 18,
      marginBottom: 40,
      x: { label: 'epoch', ticks: 6 },
      y: {
        label: 'loss, nats per example',
        grid: true,
        ticks: 6,
        domain: lossRange(
          points.map((p) => p.loss),
          baseline?.loss,
        ),
      },
      marks: [
        Plot.line(points, {
          x: 'epoch',
          y: 'loss',
          z: 'label',
          clip: true,
          strokeWidth: 1.6,
          stroke: (p: (typeof points)[number]) => (p.part === 'train' ? '#a9bbe6' : colours.flow),
        }),
        Plot.dot(kept, { x: 'epoch', y: 'loss', fill: colours.flow, stroke: 'white', r: 4.5 }),
        ...(baseline === undefined
          ? []
          : [
              Plot.ruleY([baseline.loss], { stroke: colours.kernel, strokeDasharray: '4 3' }),
              Plot.text([baseline], {
                y: 'loss',
                text: 'label',
                frameAnchor: 'right',
                dy: -8,
                fill: colours.kernel,
              }),
            ]),
      ],
    },
    'Training and validation loss by epoch',
  );
}

/** All values but the first steep descent, which would flatten the rest; a baseline is always in sight. */
function lossRange(losses: readonly number[], baseline: number | undefined): [number, number] {
  const sorted = losses.filter(Number.isFinite).sort((a, b) => a - b);
  const most = sorted[Math.floor(0.97 * (sorted.length - 1))]!;
  const low = Math.min(sorted[0]!, baseline ?? Infinity);
  const high = Math.max(most, baseline ?? -Infinity);
  const margin = 0.05 * (high - low || 1);
  return [low - margin, high + margin];
}
