export {
  type LatentVariableModel,
  type Likelihood,
  Objective,
  type Posterior,
  type Prior,
} from './contracts.js';
export { kullbackLeibler } from './divergence.js';
export { aggregatedPosterior } from './evaluation/aggregatedPosterior.js';
export {
  type AnomalyScoreOptions,
  type AnomalyScores,
  anomalyScores,
} from './evaluation/anomalyScores.js';
export {
  type GradientReportOptions,
  type GradientStatistics,
  gradientReport,
} from './evaluation/gradientReport.js';
export {
  type LatentReport,
  type LatentReportOptions,
  latentReport,
} from './evaluation/latentReport.js';
export { type LogLikelihoodOptions, logLikelihood } from './evaluation/logLikelihood.js';
export { Family } from './family.js';
export type { Codebook } from './laws/codebook.js';
export { ContinuousBernoulli } from './laws/continuousBernoulli.js';
export { DiscretisedLogistic } from './laws/discretisedLogistic.js';
export { LowRankNormal } from './laws/lowRankNormal.js';
export { NormalMixture } from './laws/normalMixture.js';
export {
  type AutoregressiveLikelihoodOptions,
  autoregressive,
} from './likelihoods/autoregressive.js';
export { bernoulli, categorical, continuousBernoulli } from './likelihoods/discrete.js';
export {
  type DiscretisedLogisticOptions,
  discretisedLogistic,
} from './likelihoods/discretisedLogistic.js';
export { type CalibratedGaussian, type GaussianOptions, gaussian } from './likelihoods/gaussian.js';
export { type LaplacianPyramidOptions, laplacianPyramid } from './likelihoods/laplacianPyramid.js';
export { type MetricGaussianOptions, metricGaussian } from './likelihoods/metricGaussian.js';
export { VAE, type VAEParts } from './model.js';
export type { NetworkBuilder } from './networks/builder.js';
export type { ConditionerBuilder } from './networks/conditionerBuilder.js';
export {
  type ConvolutionalOptions,
  convolutionalDecoder,
  convolutionalEncoder,
} from './networks/convolutional.js';
export {
  type ConvolutionalFeaturesOptions,
  convolutionalFeatures,
} from './networks/convolutionalFeatures.js';
export { type GRUOptions, gru } from './networks/gru.js';
export { type HaarWaveletsOptions, haarWavelets } from './networks/haarWavelets.js';
export { perceptron, residual } from './networks/perceptron.js';
export { type PixelCNNOptions, pixelCNN } from './networks/pixelCNN.js';
export { type ElboOptions, elbo } from './objectives/elbo.js';
export { type IwaeOptions, iwae } from './objectives/iwae.js';
export { type LeaveOneOutOptions, leaveOneOut } from './objectives/leaveOneOut.js';
export { tempered } from './objectives/tempered.js';
export { type WakeSleepOptions, wakeSleep } from './objectives/wakeSleep.js';
export { familyOf } from './posteriors/familyOf.js';
export { flowPosterior } from './posteriors/flow.js';
export { mixtureNormal } from './posteriors/mixture.js';
export {
  type DiagonalNormalOptions,
  diagonalNormal,
  fullNormal,
  lowRankNormal,
  type NormalOptions,
} from './posteriors/normal.js';
export {
  type Relaxed,
  type RelaxedOptions,
  relaxedBernoulli,
  relaxedCategorical,
} from './posteriors/relaxed.js';
export { type SemiAmortisedOptions, semiAmortised } from './posteriors/semiAmortised.js';
export {
  type VectorQuantised,
  type VectorQuantisedOptions,
  vectorQuantised,
} from './posteriors/vectorQuantised.js';
export type { AnnealingOptions } from './priors/annealing.js';
export {
  type AutoregressiveNormal,
  type AutoregressivePriorOptions,
  autoregressivePrior,
} from './priors/autoregressivePrior.js';
export { type EnergyPrior, type EnergyPriorOptions, energyPrior } from './priors/energyPrior.js';
export { type MixturePriorOptions, mixturePrior } from './priors/mixturePrior.js';
export {
  type RestrictedBoltzmann,
  type RestrictedBoltzmannOptions,
  restrictedBoltzmann,
} from './priors/restrictedBoltzmann.js';
export { smoothed } from './priors/smoothed.js';
export { vampPrior } from './priors/vampPrior.js';
export { type Hypersphere, hypersphereGain, hypersphereOptimum } from './theory/hypersphere.js';
export { type VAEOptions, vae } from './vae.js';
