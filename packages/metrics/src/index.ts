export { bitsPerDimension } from './bitsPerDimension.js';
export { type FittedGaussian, fitGaussian } from './fitGaussian.js';
export { frechetDistance } from './frechetDistance.js';
export { henzeZirkler, type TestResult } from './henzeZirkler.js';
export { type KernelDensity, type KernelDensityOptions, kernelDensity } from './kernelDensity.js';
export { type Estimate, type LikelihoodOptions, meanLogLikelihood } from './likelihood.js';
export {
  type DiscrepancyOptions,
  energyDistance,
  maximumMeanDiscrepancy,
  type SlicedOptions,
  slicedWasserstein,
} from './twoSample.js';
