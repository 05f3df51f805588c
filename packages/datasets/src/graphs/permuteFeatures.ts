import { DataError, type Key } from '@pushforward/tensors';
import type { Split } from '../split/split.js';

/** A table, and the network of its columns. */
export interface DataOnGraph {
  /** The table. */
  readonly data: Split;
  /** `adjacency[i][j] = 1` where column i depends on column j. */
  readonly adjacency: readonly (readonly number[])[];
}

/**
 * The columns in random order, and the network with them: models that read columns in the order of the table are
 * compared fairly with others when it says nothing. The same key gives the same order, for the test part as for the
 * training part.
 *
 * @throws DataError where the network is not one of as many columns
 *
 * @example
 * ```ts
 * import { arithmeticCircuit, permuteFeatures } from '@pushforward/datasets';
 * import { Key } from '@pushforward/tensors';
 * const [forData, forOrder] = Key.from(1).split(2);
 * const drawn = { data: arithmeticCircuit(forData, 1000), adjacency: arithmeticCircuit.adjacency };
 * const { data, adjacency } = permuteFeatures(forOrder, drawn);
 * console.log(data.columns, adjacency);
 * ```
 */
export function permuteFeatures(key: Key, { data, adjacency }: DataOnGraph): DataOnGraph {
  if (adjacency.length !== data.features)
    throw new DataError(
      `${data.name}: the network must be of ${data.features} columns, got one of ${adjacency.length}.`,
    );
  const order = [...key.permutation(data.features)];
  return {
    data: data.select(order.map((i) => data.columns[i]!)),
    adjacency: order.map((i) => order.map((j) => adjacency[i]![j]!)),
  };
}
