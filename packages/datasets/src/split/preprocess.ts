import type { Preprocessing } from '../preprocessing/preprocessing.js';
import type { Dataset } from './split.js';

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
