export { Family } from './family.js';
export { ContinuousBernoulli } from './laws/continuousBernoulli.js';
export { DiscretisedLogistic } from './laws/discretisedLogistic.js';
export { LowRankNormal } from './laws/lowRankNormal.js';
export { bernoulli, categorical, continuousBernoulli } from './likelihoods/discrete.js';
export {
  type DiscretisedLogisticOptions,
  discretisedLogistic,
} from './likelihoods/discretisedLogistic.js';
export { type CalibratedGaussian, type GaussianOptions, gaussian } from './likelihoods/gaussian.js';
