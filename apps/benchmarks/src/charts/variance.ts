import type { Html } from '../report/html.js';
import { colours } from '../report/style.js';
import { overData } from '../studies/sinusoidModels.js';
import type { Moment, Trained, VarianceModels } from '../studies/varianceRuns.js';
import { cloudGrid } from './clouds.js';
import type { Rows } from './pairs.js';
import { type Series, seriesChart } from './series.js';

/** What was found of models whose variance comes from different places, over some points of the data. */
export function varianceCharts(models: VarianceModels, data: Rows): Record<string, Html> {
  const { learned, closed, local, same } = models;
  return {
    'variance-learning.svg': cloudGrid(
      [
        { name: 'σ learned', model: learned },
        { name: 'σ fixed there', model: same },
        { name: 'σ(z) learned', model: local },
      ].map(({ name, model }) => [
        overData(`${name}: reconstructed`, data, model.reconstructed),
        overData('generated', data, model.generated),
        overData('samples', data, model.samples),
      ]),
    ),
    'variance-learning-learned.svg': pathChart(learned, 'σ learned'),
    'variance-learning-fixed.svg': pathChart(same, 'σ fixed'),
    'variance-learning-scale.svg': seriesChart(
      [
        { label: 'by gradient', colour: colours.flow, ...scalePath(learned) },
        { label: 'in closed form', colour: colours.kernel, ...scalePath(closed) },
      ],
      { x: 'epoch', y: 'σ' },
      'Learned sigma by epoch',
    ),
    'variance-learning-bound.svg': boundChart(models),
    'variance-learning-local.svg': seriesChart(
      [
        {
          ...{ label: 'σ(z), z ~ p(z)', colour: colours.accent, shape: 'line' },
          points: local.scales.map((x, i) => ({ x, y: (i + 1) / local.scales.length })),
        },
      ],
      { x: 'σ', y: 'share of smaller ones', logarithmic: true },
      'Distribution of the predicted sigma',
    ),
  };
}

/** Reconstruction loss, divergence and their sum by epoch. */
function pathChart({ path }: Trained, name: string): Html {
  const series = (label: string, colour: string, value: (moment: Moment) => number): Series => ({
    ...{ label, colour, shape: 'line' },
    points: path.map((moment) => ({ x: moment.epoch, y: value(moment) })),
  });
  return seriesChart(
    [
      series(`${name}: −ELBO`, colours.accent, (at) => at.reconstruction + at.divergence),
      series('reconstruction loss', colours.kernel, ({ reconstruction }) => reconstruction),
      series('KL(q(z | x) ‖ p(z))', colours.flow, ({ divergence }) => divergence),
    ],
    { x: 'epoch', y: 'nats' },
    'Losses by epoch',
  );
}

function scalePath({ path }: Trained): Pick<Series, 'shape' | 'points'> {
  return { shape: 'line', points: path.map(({ epoch, scale }) => ({ x: epoch, y: scale })) };
}

function boundChart({ learned, closed, local, same, fixed }: VarianceModels): Html {
  const point = (model: Trained) => ({ x: model.scales[0]!, y: model.elbo.mean });
  const { scales, elbo } = local;
  const ends = [
    scales[Math.floor(0.05 * scales.length)]!,
    scales[Math.floor(0.95 * scales.length)]!,
  ];
  return seriesChart(
    [
      {
        ...{ label: 'σ fixed', colour: colours.flow, shape: 'dots' },
        points: [...fixed, same].map(point),
      },
      {
        ...{ label: 'σ learned', colour: colours.warning, shape: 'dots' },
        points: [learned, closed].map(point),
      },
      {
        ...{ label: 'σ(z), nine tenths of it', colour: colours.accent, shape: 'line' },
        points: ends.map((x) => ({ x, y: elbo.mean })),
      },
    ],
    { x: 'σ', y: 'evidence lower bound, nats', logarithmic: true },
    'Evidence lower bound by sigma',
  );
}
