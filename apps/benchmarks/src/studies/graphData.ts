import type { Adjacency } from '@pushforward/conditioners';
import {
  type GraphLaw,
  permuteFeatures,
  type Split,
  sachs,
  standardise,
} from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import { toRows } from './study.js';

/** Data with the network that they come from, columns in random order and standardised by the training part. */
export interface GraphData {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  /** The network, in the order of the columns. */
  readonly adjacency: Adjacency;
}

/** Draws of a law, with log p of the test rows under the law itself. */
export interface DrawnData extends GraphData {
  readonly truth: readonly number[];
}

/** Independent parts of a synthetic law; of the training rows a tenth is to stop by. */
export function drawData(
  key: Key,
  law: GraphLaw,
  sizes: { readonly train: number; readonly test: number },
): DrawnData {
  const [forTrain, forTest, forCut, forOrder] = key.split(4);
  const { train, test: validation } = law(forTrain, sizes.train).trainTest(forCut, 0.1);
  const test = law(forTest, sizes.test);
  const logScale = logScaleOf(train);
  const truth = toRows(test.x, test.features).map((row) => law.logProb(row) + logScale);
  return { ...arrange(forOrder, { train, validation, test, adjacency: law.adjacency }), truth };
}

/** The Sachs proteins with the network that experts agree on. */
export async function proteinData(key: Key): Promise<GraphData> {
  const [forCut, forOrder] = key.split(2);
  const { train, validation, test } = await sachs(forCut);
  return arrange(forOrder, { train, validation, test, adjacency: sachs.adjacency });
}

/** The same data with their columns in an order drawn by key, standardised by the training part. */
function arrange(key: Key, { train, validation, test, adjacency }: GraphData): GraphData {
  const x = standardise(train);
  const parts = [train, validation, test].map((part) =>
    permuteFeatures(key, { data: part.transform({ x }), adjacency }),
  );
  const [first, second, third] = parts.map(({ data }) => data) as [Split, Split, Split];
  return { train: first, validation: second, test: third, adjacency: parts[0]!.adjacency };
}

/** The sum of the logarithms of the standard deviations: what log p gains when columns are divided by them. */
function logScaleOf(split: Split): number {
  return -standardise(split).logDet(split.slice(0, 1))[0]!;
}
