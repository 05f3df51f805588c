import type { Preprocessing } from '../preprocessing/preprocessing.js';
import type { Split } from './split.js';

/** Data in three parts: to learn from, to stop by, to judge by. */
export interface Dataset {
  readonly name: string;
  /** Where the data come from, and under which licence. */
  readonly source: string;
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
}

/** The same preprocessing of all three parts; fit it to the training part. */
export function preprocess(
  dataset: Dataset,
  pieces: { x?: Preprocessing; context?: Preprocessing },
): Dataset {
  return {
    ...dataset,
    train: dataset.train.transform(pieces),
    validation: dataset.validation.transform(pieces),
    test: dataset.test.transform(pieces),
  };
}
