import { seriesCircuits } from '@pushforward/hybrid';
import { perceptron } from '@pushforward/vae';
import { augmentations as published } from '../published.js';
import { type HybridSize, remainderOf } from '../studies/hybridKinds.js';
import { augmentedHybrids } from './augmentedHybrids.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Size } from './hybridPendulum.js';

/** How much is computed. */
interface CircuitSize extends Pick<Size, 'studies'> {
  readonly networks: Omit<HybridSize, 'memory'>;
}

const few = { train: 300, validation: 100, test: 100, seen: 41, forecast: 81 } as const;
const many = { train: 3000, validation: 1000, test: 1000, seen: 50, forecast: 201 } as const;

/** Errors of drawn parameters count as much as those of APHYNITY's constraint. */
const supervision = 100;

/**
 * The least action in the place of R_PPC, which makes the expert's own response like the data: where it knows no resistor, that
 * takes a larger C.
 */
const weights = { alpha: 0, leastAction: 60 } as const;

/** The full scale has the source's systems, and the passes of an hour. */
const sizes: Record<Run['scale'], CircuitSize> = {
  quick: {
    networks: { head: [64, 64], remainder: [32, 32], filter: [64] },
    studies: {
      aphynity: {
        ...{ ...few, supervision },
        recipe: { epochs: 100, batchSize: 50, learningRate: 5e-3 },
        fineTuning: { epochs: 40, batchSize: 50, learningRate: 5e-3 },
      },
      hvae: {
        ...few,
        recipe: { epochs: 80, batchSize: 50, learningRate: 5e-3 },
        fineTuning: { epochs: 40, batchSize: 50, learningRate: 5e-3 },
      },
    },
  },
  full: {
    networks: { head: [128, 128], remainder: [64, 64], filter: [128, 128] },
    studies: {
      aphynity: {
        ...{ ...many, supervision },
        recipe: { epochs: 150, batchSize: 100, learningRate: 3e-3 },
        fineTuning: { epochs: 60, batchSize: 100, learningRate: 3e-3 },
      },
      hvae: {
        ...many,
        recipe: { epochs: 100, batchSize: 100, learningRate: 3e-3 },
        fineTuning: { epochs: 60, batchSize: 100, learningRate: 3e-3 },
      },
    },
  },
};

/** Circuits with a resistor, of which the expert knows none. */
export const hybridRlc: Experiment = {
  name: 'hybrid-rlc',
  source: published.source,
  summary:
    'Hybrid models of circuits read larger coils and capacitors only after expert augmentation.',
  run: (run) => circuitsOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export function circuitsOf(run: Run, { networks, studies }: CircuitSize): Promise<Findings> {
  const { head, remainder, filter } = networks;
  const system = seriesCircuits();
  const laws = { training: 'training', shifted: 'shifted' };
  const wider = { L: [1, 5], C: [0.5, 2.5] } as const;
  return augmentedHybrids(run, {
    ...{ name: 'hybrid-rlc', systems: 'Series circuits', shift: 'larger L and C' },
    state: 'voltage, V',
    networks: {
      // It reads all states at once, and learns in fewer steps than a recurrent one.
      encoder: perceptron(head, 'silu'),
      ...{ remainder: remainderOf(remainder), filter: perceptron(filter), weights },
    },
    studies: Object.fromEntries(
      Object.entries(studies).map(([kind, size]) => [kind, { ...size, system, laws, wider }]),
    ),
    ...{ factor: 2, published: published.circuit },
    note:
      'one run, with errors over systems, where the source has deviations over ten; networks and passes are ' +
      'fewer, at the quick scale systems and times too; the source has recurrent encoders, an HVAE with R_PPC ' +
      'and no least action, and drawn parameters count there once, here a hundred times',
  });
}
