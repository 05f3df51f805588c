import { dampedPendulums } from '@pushforward/hybrid';
import { seriesChart } from '../charts/series.js';
import { thesis } from '../published.js';
import { colours } from '../report/style.js';
import {
  type OneSystemFound,
  type OneSystemSize,
  oneSystem,
  widestSwing,
} from '../studies/oneSystem.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

const sizes: Record<Run['scale'], OneSystemSize> = {
  quick: {
    ...{ seen: 151, piece: 16, stride: 5, hidden: [32, 32] },
    recipe: { epochs: 800, batchSize: 100, learningRate: 1e-2 },
  },
  full: {
    ...{ seen: 201, piece: 21, stride: 2, hidden: [64, 64] },
    recipe: { epochs: 5000, batchSize: 100, learningRate: 5e-3 },
  },
};

/** What is true of the pendulum, and how many are drawn to find one that swings widely. */
const [omega0, alpha, drawn] = [2, 0.3, 10];

/** One pendulum with friction, of which the expert knows none. */
export const hybridOnefit: Experiment = {
  name: 'hybrid-onefit',
  source: { document: thesis, item: 'section 7.2.1, equation 7.2' },
  summary:
    'One trajectory tells the frequency of a pendulum and the friction that the expert lacks.',
  run: (run) => pendulumOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function pendulumOf(run: Run, size: OneSystemSize): Promise<Findings> {
  const [forData, forModel] = run.key.split(2);
  const system = dampedPendulums();
  const law = { omega0: [omega0, omega0], alpha: [alpha, alpha] } as const;
  const trajectory = widestSwing(forData, system, law, drawn, size.seen);
  run.say('One trajectory of a pendulum');
  const found = await oneSystem(forModel, system, trajectory, size, run.control);
  const error = (100 * Math.abs(found.estimates.omega0! - omega0)) / omega0;
  const unexplained = shareUnexplained(found);
  const note = `not in the source; omega0 ${omega0} rad/s, alpha ${alpha} 1/s, noise ${system.noise}, of ${drawn} swings the widest`;
  const row = (label: string, metric: string, value: number): Row => ({
    ...{ label, metric, value, standardError: null },
    ...{ published: null, publishedError: null, comparable: false, note },
  });
  return {
    rows: [
      row('frequency', 'relative error of omega0, %', error),
      row('friction', 'mean squared error of F_a, share of that of no friction', unexplained),
    ],
    checks: [
      atMost('The frequency is found to a few percent: the error in %', error, 3),
      atMost(
        'The remainder is the friction: the share of its mean square that F_a leaves',
        unexplained,
        0.25,
      ),
    ],
    pictures: { 'hybrid-onefit.svg': pictureOf(found) },
  };
}

function atMost(claim: string, value: number, threshold: number): Check {
  return { claim, value, threshold, holds: value <= threshold };
}

/** The mean of |F_a - (0, -alpha theta')|^2 over the states, by that of |(0, -alpha theta')|^2. */
function shareUnexplained({ states, learned }: OneSystemFound): number {
  let [left, whole] = [0, 0];
  for (const [i, [, velocity]] of states.entries()) {
    const friction = -alpha * velocity!;
    left += learned[i]![0]! ** 2 + (learned[i]![1]! - friction) ** 2;
    whole += friction ** 2;
  }
  return left / whole;
}

/** What is learned of the slope of the velocity, against the velocity. */
function pictureOf({ states, learned }: OneSystemFound) {
  const velocities = states.map(([, velocity]) => velocity!);
  const ends = [Math.min(...velocities), Math.max(...velocities)];
  return seriesChart(
    [
      {
        ...{ label: 'friction', colour: colours.data, shape: 'line' },
        points: ends.map((x) => ({ x, y: -alpha * x })),
      },
      {
        ...{ label: 'learned', colour: colours.flow, shape: 'dots' },
        points: velocities.map((x, i) => ({ x, y: learned[i]![1]! })),
      },
    ],
    { x: 'angular velocity, rad/s', y: 'what is added to its slope, rad/s²' },
    'What the expert lacks, as learned from one trajectory',
  );
}
