import type { Key } from '@pushforward/tensors';
import { gaussian } from '@pushforward/vae';
import { cloudGrid } from '../charts/clouds.js';
import { seriesChart } from '../charts/series.js';
import { thesisOnLatents } from '../published.js';
import { colours } from '../report/style.js';
import { inTurn } from '../studies/inTurn.js';
import {
  type Measured,
  measure,
  overData,
  sinusoidData,
  type Training,
  withSinusoidModel,
} from '../studies/sinusoidModels.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** sigma that are fixed from the start, the largest first: too large for the curves, about the best, and too small. */
  readonly large: readonly number[];
  readonly best: readonly number[];
  readonly small: readonly number[];
  readonly training: Training;
}

const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ large: [0.5], best: [0.1], small: [0.01] },
    training: {
      ...{ rows: 10_000, epochs: 40, batchSize: 100, learningRate: 5e-3, hidden: [64, 64, 64] },
    },
  },
  full: {
    ...{ large: [1, 0.5, 0.3], best: [0.2, 0.1, 0.05], small: [0.02, 0.01] },
    training: {
      ...{ rows: 10_000, epochs: 300, batchSize: 100, learningRate: 5e-3 },
      hidden: [128, 128, 128, 128],
    },
  },
};

/** What the variance of the likelihood makes of a manifold with noise. */
export const manifoldSigma: Experiment = {
  name: 'manifold-sigma',
  source: { document: thesisOnLatents, item: 'figures 6.6 and 6.7, section 6.3.2' },
  summary:
    'A variance that is too large smooths a manifold, one that is too small learns its noise and generates badly.',
  run: (run) => manifoldOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function manifoldOf(run: Run, size: Size): Promise<Findings> {
  const [forData, forLearned, forFixed] = run.key.split(3);
  const scales = [...size.large, ...size.best, ...size.small];
  const calibrated = await study(forLearned, 'calibrated', size, run);
  const fixed = await inTurn(forFixed, scales, (key, scale) => study(key, scale, size, run));
  const data = await sinusoidData(forData, 1000);
  const all = [...fixed, calibrated].sort((a, b) => b.scales[0]! - a.scales[0]!);
  return {
    rows: all.flatMap(rowsOf),
    checks: checksOf({
      calibrated,
      fixed,
      large: fixed.slice(0, size.large.length),
      small: fixed.slice(-size.small.length),
    }),
    pictures: {
      'manifold-sigma.svg': cloudGrid(
        all.map((found) => [
          overData(`${nameOf(found)}: reconstructed`, data, found.reconstructed),
          overData('generated', data, found.generated),
          overData('samples', data, found.samples),
        ]),
      ),
      'manifold-sigma-distance.svg': distanceChart(all),
    },
  };
}

interface Found extends Measured {
  /** sigma, or that it was learned: then it is the root mean square of what is not reconstructed. */
  readonly scale: number | 'calibrated';
}

function study(key: Key, scale: Found['scale'], { training }: Size, run: Run): Promise<Found> {
  run.say(`sigma = ${scale}`);
  const [forModel, forMeasure] = key.split(2);
  const likelihood =
    scale === 'calibrated' ? gaussian(2) : gaussian(2, { variance: 'fixed', scale });
  return withSinusoidModel(forModel, likelihood, training, run.control, async (model) => ({
    scale,
    ...(await measure(forMeasure, model)),
  }));
}

function nameOf({ scale, scales }: Found): string {
  return scale === 'calibrated' ? `σ = ${scales[0]!.toFixed(3)}, learned` : `σ = ${scale}`;
}

function rowsOf(found: Found): Row[] {
  const label = found.scale === 'calibrated' ? 'sigma learned' : `sigma fixed at ${found.scale}`;
  const row = (metric: string, value: number, standardError: number | null = null): Row => ({
    ...{ label, metric, value, standardError, published: null, publishedError: null },
    comparable: false,
    note: 'the source shows pictures and gives no figure; the equation of its data is not given',
  });
  return [
    row('sigma', found.scales[0]!),
    row('evidence lower bound, nats', found.elbo.mean, found.elbo.standardError),
    row('KL(q(z | x) || p(z)), nats', found.divergence),
    row('latents with more than 0.05 nats', found.active),
    row('distance of reconstructions from the manifold, of that of the data', noiseOf(found)),
    row('distance of generated means, of that of reconstructions', ratioOf(found)),
    row('distance of the manifold from reconstructions', found.lost),
  ];
}

/** How much of the noise is reconstructed as well: 1 where all of it is. */
const noiseOf = ({ reconstructionError, noise }: Found) => reconstructionError / noise;
const ratioOf = ({ generationError, reconstructionError }: Found) =>
  generationError / reconstructionError;

function checksOf(found: {
  readonly calibrated: Found;
  /** From the largest sigma to the smallest. */
  readonly fixed: readonly Found[];
  readonly large: readonly Found[];
  readonly small: readonly Found[];
}): Check[] {
  const { calibrated, fixed, large, small } = found;
  const smoothed = Math.min(...large.map(({ lost }) => lost)) / calibrated.lost;
  const separated = noiseOf(calibrated);
  const kept = Math.min(...small.map(noiseOf));
  const two = Math.min(...small.map(({ active }) => active));
  const rise = Math.min(
    ...fixed.slice(1).map(({ divergence }, i) => divergence - fixed[i]!.divergence),
  );
  const good = Math.max(...[...large, calibrated].map(ratioOf));
  const bad = Math.min(...small.map(ratioOf));
  return [
    {
      claim:
        'A sigma that is too large smooths: of the manifold more is lost than at the calibrated one, by a factor of',
      ...{ value: smoothed, threshold: 3, holds: smoothed > 3 },
    },
    {
      claim:
        'The calibrated sigma, as learning finds it, tells the manifold from its noise: share of the noise in reconstructions',
      ...{ value: separated, threshold: 0.5, holds: separated < 0.5 },
    },
    {
      claim: 'At that sigma one latent is active, as the manifold has one dimension',
      ...{ value: calibrated.active, threshold: 1, holds: calibrated.active === 1 },
    },
    {
      claim: 'A sigma that is too small learns the noise too: its share in reconstructions',
      ...{ value: kept, threshold: 0.8, holds: kept > 0.8 },
    },
    {
      claim:
        'With it more latents are active than the manifold has dimensions, as noise has two: their number, at least',
      ...{ value: two, threshold: 2, holds: two >= 2 },
    },
    {
      claim:
        'The smaller a fixed sigma, the more nats the latents carry: the smallest rise from one sigma to the next',
      ...{ value: rise, threshold: 0, holds: rise > 0 },
    },
    {
      claim:
        'At a large and at the calibrated sigma what is generated is as close to the manifold as what is reconstructed, to a factor of 2',
      ...{ value: good, threshold: 2, holds: good < 2 },
    },
    {
      claim: 'At a sigma that is too small it is further away by a factor of more than 3',
      ...{ value: bad, threshold: 3, holds: bad > 3 },
    },
  ];
}

function distanceChart(found: readonly Found[]) {
  const series = (label: string, colour: string, value: (each: Found) => number) => ({
    ...{ label, colour, shape: 'line' as const },
    points: found.map((each) => ({ x: each.scales[0]!, y: value(each) })),
  });
  return seriesChart(
    [
      series('reconstructed', colours.flow, ({ reconstructionError }) => reconstructionError),
      series('generated', colours.kernel, ({ generationError }) => generationError),
    ],
    { x: 'σ', y: 'distance from the manifold', logarithmic: true },
    'Distance from the manifold by the scale of the likelihood',
  );
}
