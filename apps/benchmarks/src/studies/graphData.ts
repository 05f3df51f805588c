import type { Adjacency } from '@pushforward/conditioners';
import { type GraphLaw, permuteFeatures, Split, sachs, standardise } from '@pushforward/datasets';
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

/** How many rows are drawn. */
interface Sizes {
  readonly train: number;
  readonly test: number;
}

/** Independent parts of a synthetic law; of the training rows a tenth is to stop by. */
export function drawData(
  key: Key,
  law: ((key: Key, n: number) => Split) & Pick<GraphLaw, 'adjacency'>,
  sizes: Sizes,
): GraphData {
  const [forOrder, ...forParts] = key.split(4);
  return arrange(forOrder, { ...draw(forParts, law, sizes), adjacency: law.adjacency });
}

/** log p under the law itself of the test rows that {@link drawData} draws, columns divided as there. */
export function truthOf(key: Key, law: GraphLaw, sizes: Sizes): number[] {
  const { train, test } = draw(key.split(4).slice(1), law, sizes);
  // What log p gains when columns are divided by their standard deviations.
  const gain = -standardise(train).logDet(test.slice(0, 1))[0]!;
  return toRows(test.x, test.features).map((row) => law.logProb(row) + gain);
}

function draw(keys: readonly Key[], law: (key: Key, n: number) => Split, sizes: Sizes) {
  const [forTrain, forTest, forCut] = keys as [Key, Key, Key];
  const { train, test: validation } = law(forTrain, sizes.train).trainTest(forCut, 0.1);
  return { train, validation, test: law(forTest, sizes.test) };
}

/** The Sachs proteins with the network that experts agree on: the amounts, or their logarithms. */
export async function proteinData(
  key: Key,
  of: 'amounts' | 'logarithms' = 'amounts',
): Promise<GraphData> {
  const [forCut, forOrder] = key.split(2);
  const data = await sachs(forCut);
  const [train, validation, test] = [data.train, data.validation, data.test].map((part) =>
    of === 'amounts' ? part : logarithms(part),
  ) as [Split, Split, Split];
  return arrange(forOrder, { train, validation, test, adjacency: sachs.adjacency });
}

/** Amounts have tails that their logarithms lack. */
function logarithms({ name, source, columns, x }: Split): Split {
  return new Split({ name, source, columns, x: x.map(Math.log) });
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
