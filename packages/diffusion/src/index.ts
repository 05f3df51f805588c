export { type DdpmOptions, ddpm } from './ddpm.js';
export { Denoised, type Place, type Prediction } from './denoisers/denoised.js';
export { Denoiser } from './denoisers/denoiser.js';
export { gaussianDenoiser } from './denoisers/gaussianDenoiser.js';
export { type GuidedOptions, guided } from './denoisers/guided.js';
export { type NetworkDenoiserOptions, networkDenoiser } from './denoisers/networkDenoiser.js';
export { DiffusionModel, type DiffusionParts } from './diffusionModel.js';
export { type LowerBoundOptions, lowerBound } from './likelihood/lowerBound.js';
export {
  type HutchinsonOptions,
  type ProbabilityFlowLawOptions,
  probabilityFlow,
} from './likelihood/probabilityFlowLaw.js';
export {
  denoisingScoreMatching,
  flowMatching,
  minSnr,
  type P2Options,
  p2,
  type ScoreMatchingOptions,
  type SimpleOptions,
  simple,
  type Weight,
} from './objectives/denoising.js';
export { type HybridLossOptions, hybridLoss } from './objectives/hybridLoss.js';
export { DenoisingObjective } from './objectives/objective.js';
export { type VariationalOptions, variational } from './objectives/variational.js';
export {
  type CompiledSampler,
  type CompileSamplerOptions,
  compileSampler,
} from './samplers/compileSampler.js';
export { dpmSolverPlusPlus } from './samplers/dpmSolverPlusPlus.js';
export { draw } from './samplers/draw.js';
export { heun } from './samplers/heun.js';
export {
  type PredictorCorrectorOptions,
  predictorCorrector,
} from './samplers/predictorCorrector.js';
export { decode, encode, interpolate } from './samplers/probabilityFlow.js';
export {
  type AncestralOptions,
  type AncestralVariance,
  ancestral,
  type DdimOptions,
  ddim,
  euler,
} from './samplers/reverseKernel.js';
export { type Moment, type Pairs, Sampler, type Step } from './samplers/sampler.js';
export { type TimeGridOptions, timeGrid } from './samplers/timeGrid.js';
export type { ProbabilityFlowOptions } from './samplers/turning.js';
export { type UniPCOptions, uniPC } from './samplers/uniPC.js';
export { type WalkOptions, walk } from './samplers/walk.js';
export {
  type BetasOptions,
  type CosineBetasOptions,
  cosineBetas,
  fromBetas,
  linearBetas,
  scaledLinearBetas,
} from './schedules/betas.js';
export { type Bridge, bridge } from './schedules/bridge.js';
export { cosine } from './schedules/cosine.js';
export { type LearnedScheduleOptions, learnedSchedule, linearLogSnr } from './schedules/logSnr.js';
export type { LogSnrRange } from './schedules/logSnrRange.js';
export { rectifiedFlow } from './schedules/rectifiedFlow.js';
export { type Levels, Schedule, type Slopes } from './schedules/schedule.js';
export { type SigmoidOptions, sigmoidal } from './schedules/sigmoidal.js';
export { type VarianceExplodingOptions, varianceExploding } from './schedules/varianceExploding.js';
export {
  type RateOptions,
  subVariancePreserving,
  variancePreserving,
} from './schedules/variancePreserving.js';
export { zeroTerminalSnr } from './schedules/zeroTerminalSnr.js';
