import {
  aphynity,
  dirac,
  type HybridModel,
  hybrid,
  type ParameterLaw,
  type Remainder,
  type SimulatedSystem,
  sameForAll,
  Trajectories,
} from '@pushforward/hybrid';
import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Rows } from '../charts/pairs.js';
import { remainderOf } from './hybridKinds.js';
import { type Control, learn, type Recipe } from './learn.js';

/** How much of one trajectory is seen, and how it is learned from. */
export interface OneSystemSize {
  /** States that are seen, and of each piece of them that is solved for. */
  readonly seen: number;
  readonly piece: number;
  /** Times from the start of a piece to that of the next. */
  readonly stride: number;
  /** Layers of what is learned of the slope. */
  readonly hidden: readonly number[];
  readonly recipe: Recipe;
}

/** What is found in one trajectory. */
export interface OneSystemFound {
  readonly estimates: Readonly<Record<string, number>>;
  /** The states, and F_a at each of them. */
  readonly states: Rows;
  readonly learned: Rows;
}

/** The parameters of one system and what its expert lacks, from pieces of its only trajectory: min |F_a| subject to a fit. */
export async function oneSystem(
  key: Key,
  system: SimulatedSystem,
  trajectory: Trajectories,
  { piece, stride, hidden, recipe }: OneSystemSize,
  control: Control,
): Promise<OneSystemFound> {
  const [forModel, forTraining] = key.split(2);
  const states = statesOf(trajectory);
  const pieces = piecesOf(trajectory, states, piece, stride);
  let remainder!: Remainder;
  const model = hybrid(forModel, {
    ...{ expert: system.expert, times: pieces.times, latent: 0, posterior: dirac },
    encoder: sameForAll(),
    remainder: (key, sizes) => {
      remainder = remainderOf(hidden)(key, sizes);
      return remainder;
    },
    objective: aphynity({ lambda: 1000, tau: 3000, every: 10 }),
  });
  try {
    await learn(forTraining, model, { train: pieces, validation: pieces }, recipe, control);
    const learned = tf.tidy(() => remainder.apply(tf.tensor2d(states)).arraySync()) as number[][];
    return { estimates: estimatesOf(model, pieces), states, learned };
  } finally {
    model.dispose();
  }
}

/** Of so many trajectories of a law the one that is released from furthest out: small swings tell little. */
export function widestSwing(
  key: Key,
  system: SimulatedSystem,
  law: ParameterLaw,
  count: number,
  seen: number,
): Trajectories {
  const drawn = system.draw(key, count, law).until(seen);
  const { x, context } = drawn.batch();
  const starts = context!.dataSync();
  tf.dispose([x, context!]);
  const width = (i: number) => Math.abs(starts[(i * starts.length) / count]!);
  let furthest = 0;
  for (let i = 1; i < count; i++) if (width(i) > width(furthest)) furthest = i;
  return drawn.subset([furthest]);
}

/** All states of one trajectory, the first included. */
function statesOf(trajectory: Trajectories): number[][] {
  const { x, context } = trajectory.batch();
  const states = tf.tidy(() => tf.concat([context!, tf.squeeze(x, [0])], 0).arraySync());
  tf.dispose([x, context!]);
  return states as number[][];
}

/** Pieces of a trajectory at even times, as trajectories from the first of these times. */
function piecesOf(
  { times, stateShape }: Trajectories,
  states: Rows,
  piece: number,
  stride: number,
): Trajectories {
  const starts = times
    .map((_, i) => i)
    .filter((i) => i % stride === 0 && i + piece <= times.length);
  return new Trajectories({
    ...{ times: times.slice(0, piece), stateShape },
    states: Float32Array.from(starts.flatMap((i) => states.slice(i, i + piece)).flat()),
  });
}

function estimatesOf(model: HybridModel, pieces: Trajectories): Record<string, number> {
  const batch = pieces.batch();
  const found = model.estimate(batch);
  const estimates = Object.fromEntries(
    Object.entries(found).map(([name, values]) => [name, values.dataSync()[0]!]),
  );
  tf.dispose([batch, found]);
  return estimates;
}
