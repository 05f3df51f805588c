import { OptionError } from '@pushforward/tensors';
import { affineCapacity } from './affineCapacity.js';
import { affineNonuniversal } from './affineNonuniversal.js';
import { conditionalVae } from './conditionalVae.js';
import { ddpm2d } from './ddpm2d.js';
import { ddpmDigits, ddpmMnist } from './ddpmImages.js';
import { diffusionPrior } from './diffusionPrior.js';
import type { Experiment } from './experiment.js';
import { gaussianBaselines } from './gaussianBaselines.js';
import { graphDensity } from './graphDensity.js';
import { graphLearned } from './graphLearned.js';
import { graphPrescribed } from './graphPrescribed.js';
import { graphProtein } from './graphProtein.js';
import { hybridDiffusion } from './hybridDiffusion.js';
import { hybridOnefit } from './hybridOnefit.js';
import { hybridPendulum } from './hybridPendulum.js';
import { hybridReal } from './hybridReal.js';
import { hybridRlc } from './hybridRlc.js';
import { hybridZaShift } from './hybridZaShift.js';
import { hypersphereThreshold } from './hypersphereThreshold.js';
import { iwae } from './iwae.js';
import { madeVsMaf } from './madeVsMaf.js';
import { manifoldSigma } from './manifoldSigma.js';
import { posteriorCollapse } from './posteriorCollapse.js';
import { typedAnomaly } from './typedAnomaly.js';
import { umnnDensity } from './umnnDensity.js';
import { umnnMnist } from './umnnMnist.js';
import { umnnToys } from './umnnToys.js';
import { vaeFlows } from './vaeFlows.js';
import { varianceLearning } from './varianceLearning.js';

/** Every experiment that can be reproduced. */
export const experiments: readonly Experiment[] = [
  gaussianBaselines,
  madeVsMaf,
  affineCapacity,
  affineNonuniversal,
  umnnToys,
  umnnDensity,
  umnnMnist,
  graphPrescribed,
  graphLearned,
  graphProtein,
  graphDensity,
  hypersphereThreshold,
  iwae,
  typedAnomaly,
  conditionalVae,
  manifoldSigma,
  varianceLearning,
  posteriorCollapse,
  vaeFlows,
  ddpm2d,
  ddpmDigits,
  ddpmMnist,
  diffusionPrior,
  hybridPendulum,
  hybridRlc,
  hybridDiffusion,
  hybridOnefit,
  hybridZaShift,
  hybridReal,
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
