export { Denoised, type Place, type Prediction } from './denoisers/denoised.js';
export { Denoiser } from './denoisers/denoiser.js';
export { type NetworkDenoiserOptions, networkDenoiser } from './denoisers/networkDenoiser.js';
export {
  type BetasOptions,
  type CosineBetasOptions,
  cosineBetas,
  fromBetas,
  linearBetas,
  scaledLinearBetas,
} from './schedules/betas.js';
export { type Bridge, bridge } from './schedules/bridge.js';
export { type Levels, Schedule, type Slopes } from './schedules/schedule.js';
export {
  type RateOptions,
  subVariancePreserving,
  variancePreserving,
} from './schedules/variancePreserving.js';
