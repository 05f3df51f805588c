import { dampedPendulums } from '@pushforward/hybrid';
import { augmentations as published } from '../published.js';
import type { AugmentationSize, AugmentationStudy } from '../studies/augmentation.js';
import { type HybridKind, type HybridSize, networksOf } from '../studies/hybridKinds.js';
import { type AugmentedHybrids, augmentedHybrids } from './augmentedHybrids.js';
import type { Experiment, Findings, Run } from './experiment.js';

/** How much is computed. */
export interface Size {
  readonly networks: HybridSize;
  readonly studies: Readonly<Partial<Record<HybridKind, AugmentationSize>>>;
}

const shared = { validation: 100, test: 100, seen: 31, forecast: 61 } as const;

/** The full scale has the source's systems, and the passes of an hour. */
export const sizes: Record<Run['scale'], Size> = {
  quick: {
    networks: { memory: 32, head: [32], remainder: [32, 32], filter: [64] },
    studies: {
      aphynity: {
        ...{ ...shared, train: 300 },
        recipe: { epochs: 100, batchSize: 100, learningRate: 8e-3 },
        fineTuning: { epochs: 60, batchSize: 100, learningRate: 8e-3 },
      },
      hvae: {
        ...{ ...shared, train: 300 },
        recipe: { epochs: 60, batchSize: 100, learningRate: 5e-3 },
        fineTuning: { epochs: 30, batchSize: 100, learningRate: 5e-3 },
      },
    },
  },
  full: {
    networks: { memory: 64, head: [64], remainder: [64, 64], filter: [128, 128] },
    studies: {
      aphynity: {
        ...{ ...shared, train: 1000 },
        recipe: { epochs: 400, batchSize: 100, learningRate: 3e-3 },
        fineTuning: { epochs: 200, batchSize: 100, learningRate: 3e-3 },
      },
      hvae: {
        ...{ ...shared, train: 1000 },
        recipe: { epochs: 300, batchSize: 100, learningRate: 3e-3 },
        fineTuning: { epochs: 150, batchSize: 100, learningRate: 3e-3 },
      },
    },
  },
};

/** What is shifted, and what is claimed. */
export type Plan = Pick<AugmentedHybrids, 'name' | 'shift' | 'factor' | 'published' | 'note'> &
  Pick<AugmentationStudy, 'laws'>;

export const slower: Plan = {
  ...{ name: 'hybrid-pendulum', shift: 'slower' },
  laws: { training: 'training', shifted: 'shifted' },
  ...{ factor: 3, published: published.pendulum },
  note:
    'one run, with errors over systems, where the source has deviations over ten; networks and passes are fewer, at the quick ' +
    'scale systems too, and its times of observation are not told',
};

/** Pendulums with friction, of which the expert knows none. */
export const hybridPendulum: Experiment = {
  ...{ name: slower.name, source: published.source },
  summary:
    'Hybrid models of pendulums read the frequency of slow ones only after expert augmentation.',
  run: (run) => pendulumsOf(run, sizes[run.scale], slower),
};

/** Such an experiment at any size. */
export function pendulumsOf(
  run: Run,
  { networks, studies }: Size,
  { laws, ...plan }: Plan,
): Promise<Findings> {
  const system = dampedPendulums();
  const wider = { omega0: [0.5, 3.5] } as const;
  return augmentedHybrids(run, {
    ...{ ...plan, systems: 'Pendulums', state: 'angle, rad' },
    networks: networksOf(networks),
    studies: Object.fromEntries(
      Object.entries(studies).map(([kind, size]) => [kind, { ...size, system, laws, wider }]),
    ),
  });
}
