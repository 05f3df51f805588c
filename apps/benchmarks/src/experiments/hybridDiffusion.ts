import { gridEncoder, reactingSubstances } from '@pushforward/hybrid';
import { augmentations as published } from '../published.js';
import type { AugmentationSize, AugmentationStudy } from '../studies/augmentation.js';
import { cellFilter } from '../studies/cellFilter.js';
import { type HybridKind, type HybridNetworks, remainderOf } from '../studies/hybridKinds.js';
import { type AugmentedHybrids, augmentedHybrids } from './augmentedHybrids.js';
import type { Experiment, Findings, Run } from './experiment.js';

/** How much is computed. */
export interface Size {
  /** n of the n x n cells. */
  readonly cells: number;
  readonly networks: FieldSize;
  readonly studies: Readonly<Partial<Record<HybridKind, AugmentationSize>>>;
}

/** Widths of the networks: of the encoder, of what is learned of the slope and of the filter. */
interface FieldSize {
  readonly channels: readonly number[];
  readonly head: readonly number[];
  readonly remainder: readonly number[];
  readonly filter: readonly number[];
}

const few = { validation: 40, test: 60, seen: 6, forecast: 11, train: 300 } as const;
const many = { validation: 100, test: 100, seen: 11, forecast: 21, train: 2000 } as const;

/** The full scale has the source's systems, and the passes of hours. */
export const sizes: Record<Run['scale'], Size> = {
  quick: {
    cells: 16,
    networks: { channels: [16, 32], head: [32], remainder: [16], filter: [32] },
    studies: {
      aphynity: {
        ...{ ...few, supervision: 30 },
        recipe: { epochs: 25, batchSize: 20, learningRate: 1e-2 },
        fineTuning: { epochs: 12, batchSize: 20, learningRate: 5e-3 },
      },
      hvae: {
        ...{ ...few, supervision: 10 },
        recipe: { epochs: 20, batchSize: 20, learningRate: 1e-2 },
        fineTuning: { epochs: 8, batchSize: 20, learningRate: 5e-3 },
      },
    },
  },
  full: {
    cells: 32,
    networks: { channels: [32, 64], head: [64], remainder: [32, 32], filter: [64, 64] },
    studies: {
      aphynity: {
        ...{ ...many, supervision: 30 },
        recipe: { epochs: 60, batchSize: 40, learningRate: 5e-3 },
        fineTuning: { epochs: 40, batchSize: 40, learningRate: 3e-3 },
      },
      hvae: {
        ...{ ...many, supervision: 10 },
        recipe: { epochs: 60, batchSize: 40, learningRate: 5e-3 },
        fineTuning: { epochs: 40, batchSize: 40, learningRate: 3e-3 },
      },
    },
  },
};

/** What is diffused, and how the parameters are shifted. */
export type Plan = Pick<AugmentedHybrids, 'name' | 'shift' | 'factor' | 'published' | 'note'> &
  Pick<AugmentationStudy, 'laws'>;

export const otherDiffusion: Plan = {
  ...{ name: 'hybrid-diffusion', shift: 'of other diffusion' },
  laws: { training: 'training', shifted: 'shifted' },
  ...{ factor: 2, published: published.diffusion },
  note:
    'one run, with errors over systems, where the source has deviations over ten; times and passes are fewer, ' +
    'at the quick scale cells and systems too; drawn parameters count more than once here',
};

/** Two substances that diffuse and react, of which the expert knows the diffusion alone. */
export const hybridDiffusion: Experiment = {
  ...{ name: otherDiffusion.name, source: published.source },
  summary:
    'Hybrid models of two substances read how other ones diffuse only after expert augmentation.',
  run: (run) => substancesOf(run, sizes[run.scale], otherDiffusion),
};

/** The experiment at any size. */
export function substancesOf(
  run: Run,
  { cells, networks, studies }: Size,
  { laws, ...plan }: Plan,
): Promise<Findings> {
  const points = Math.max(...Object.values(studies).map(({ forecast }) => forecast));
  const system = reactingSubstances({ size: cells, points });
  const wider = { a: [1e-3, 4e-3], b: [1e-3, 1e-2] } as const;
  return augmentedHybrids(run, {
    ...{ ...plan, systems: 'Substances', state: 'u in a cell' },
    networks: networksOf(cells, networks),
    studies: Object.fromEntries(
      Object.entries(studies).map(([kind, size]) => [kind, { ...size, system, laws, wider }]),
    ),
  });
}

/** Networks of fields: all cells are alike, so that their means tell how they diffuse, and reactions are of a cell alone. */
function networksOf(
  cells: number,
  { channels, head, remainder, filter }: FieldSize,
): HybridNetworks {
  return {
    encoder: gridEncoder({
      ...{ channels, head, strides: channels.map((_, i) => (i === 0 ? 1 : 2)) },
      ...{ pooled: true, mean: 0.5, deviation: 0.25 },
    }),
    remainder: remainderOf(remainder),
    filter: cellFilter([cells * cells, 2], filter),
    lambda: 1e4,
    solver: { method: 'rk4', substeps: 1, checkpoint: true },
  };
}
