import type { Adjacency } from '@pushforward/conditioners';
import type { Split } from '@pushforward/datasets';
import { type GraphLearnerOptions, learnGraph } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { type FitOptions, fit } from '@pushforward/training';
import { Interrupted } from '../interrupted.js';
import type { Control } from './learn.js';

/** How a graph is searched for. */
export type Search = Pick<GraphLearnerOptions, 'l1' | 'hidden' | 'normalizer'> &
  Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'learningRate'>>;

/** Gates move slowly and the constraint grows slowly: with the steps of the source edges are lost that are needed. */
const schedule = { patience: 3, growth: 2, pace: 0.2 };

/** The graph that a flow finds; affine unless a normalizer is named. */
export async function searchGraph(
  key: Key,
  data: { readonly train: Split; readonly validation: Split },
  { epochs, batchSize, learningRate, ...options }: Search,
  { signal, progress }: Control,
): Promise<Adjacency> {
  const [forLearner, forFit] = key.split(2);
  const { features } = data.train;
  const learner = learnGraph(forLearner, { features, activation: 'tanh', ...schedule, ...options });
  try {
    const { stopReason } = await fit(
      learner,
      { train: data.train, validation: data.validation },
      {
        key: forFit,
        epochs,
        batchSize,
        learningRate,
        clipNorm: 5,
        // The constraint is tightened before training gives up, so that it does so once the graph is decided.
        patience: schedule.patience + 1,
        signal,
        progress: progress(),
      },
    );
    if (stopReason === 'aborted') throw new Interrupted();
    return learner.adjacency;
  } finally {
    learner.dispose();
  }
}

/** How many edges a graph has. */
export function edgeCount(graph: Adjacency): number {
  return graph.flat().filter((entry) => entry === 1).length;
}

/** What two graphs have in common. */
export interface Agreement {
  /** Pairs of nodes that are joined in both, in whichever direction. */
  readonly joined: number;
  /** Edges of one direction in both. */
  readonly directed: number;
  /** Pairs that one of them joins and the other does not. */
  readonly different: number;
}

/** Compares two graphs of the same nodes. */
export function agreement(a: Adjacency, b: Adjacency): Agreement {
  const pairs = a.flatMap((row, i) => row.slice(0, i).map((_, j) => [i, j] as const));
  const joins = (graph: Adjacency, [i, j]: readonly [number, number]) =>
    graph[i]![j] === 1 || graph[j]![i] === 1;
  return {
    joined: pairs.filter((pair) => joins(a, pair) && joins(b, pair)).length,
    directed: a.flatMap((row, i) => row.filter((entry, j) => entry === 1 && b[i]![j] === 1)).length,
    different: pairs.filter((pair) => joins(a, pair) !== joins(b, pair)).length,
  };
}
