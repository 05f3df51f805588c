import { OptionError } from '@pushforward/tensors';
import { affineCapacity } from './affineCapacity.js';
import { affineNonuniversal } from './affineNonuniversal.js';
import type { Experiment } from './experiment.js';
import { gaussianBaselines } from './gaussianBaselines.js';
import { graphPrescribed } from './graphPrescribed.js';
import { madeVsMaf } from './madeVsMaf.js';
import { umnnDensity } from './umnnDensity.js';
import { umnnMnist } from './umnnMnist.js';
import { umnnToys } from './umnnToys.js';

/** Every experiment that can be reproduced. */
export const experiments: readonly Experiment[] = [
  gaussianBaselines,
  madeVsMaf,
  affineCapacity,
  affineNonuniversal,
  graphPrescribed,
  umnnToys,
  umnnDensity,
  umnnMnist,
];

/** @throws OptionError for a name that is none of theirs */
export function experimentNamed(name: string): Experiment {
  const experiment = experiments.find((candidate) => candidate.name === name);
  if (experiment === undefined)
    throw new OptionError(
      `There is no experiment '${name}'; there are ${experiments.map(({ name }) => name).join(', ')}.`,
    );
  return experiment;
}
