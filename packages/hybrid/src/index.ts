export { type ExpertAugmentationOptions, expertAugmentation } from './augmentation.js';
export { dampedPendulums } from './data/dampedPendulums.js';
export { type ReactingSubstancesOptions, reactingSubstances } from './data/reactingSubstances.js';
export { seriesCircuits } from './data/seriesCircuits.js';
export type { ParameterLaw, SimulatedSystem } from './data/simulatedSystem.js';
export { Trajectories, type TrajectoriesParts } from './data/trajectories.js';
export type { Remainder, RemainderBuilder } from './decoders/additive.js';
export type { HybridDecoder } from './decoders/decoder.js';
export { type CoverageAtLevel, type CoverageOptions, coverage } from './diagnostics/coverage.js';
export {
  type ExtrapolationOptions,
  type ExtrapolationReport,
  extrapolationReport,
  type TrajectoryPicture,
} from './diagnostics/extrapolation.js';
export {
  type IdentifiabilityOptions,
  identifiability,
  type ParameterIdentifiability,
} from './diagnostics/identifiability.js';
export {
  type MisspecificationOptions,
  type MisspecificationReport,
  misspecification,
} from './diagnostics/misspecification.js';
export {
  type ParameterValidity,
  type RangeOfValidityOptions,
  rangeOfValidity,
} from './diagnostics/validity.js';
export type { EncoderBuilder, TrajectoryLayout } from './encoders/encoderBuilder.js';
export { type GridEncoderOptions, gridEncoder } from './encoders/gridEncoder.js';
export { type RecurrentEncoderOptions, recurrentEncoder } from './encoders/recurrentEncoder.js';
export { sameForAll } from './encoders/sameForAll.js';
export {
  type Expert,
  type ExpertDescription,
  type ExpertOptions,
  expert,
  type Named,
  type ParameterRange,
} from './expert.js';
export { type HybridOptions, hybrid } from './hybrid.js';
export { dirac } from './laws/dirac.js';
export type { TrajectoryNormal } from './laws/trajectoryNormal.js';
export { inLogarithms } from './logarithms.js';
export { HybridModel, type HybridParts, type PredictOptions } from './model.js';
export { type AphynityOptions, aphynity } from './objectives/aphynity.js';
export { type HvaeOptions, hvae } from './objectives/hvae.js';
export type { Observation, ObservationOptions } from './observation.js';
export type { FamilyOf } from './posteriors/amortised.js';
export { HybridPosterior } from './posteriors/hybridPosterior.js';
export { type SimulateOptions, simulate } from './simulate.js';
export type { Solver } from './solve.js';
export { type CascadedTanksOptions, cascadedTanks } from './systems/cascadedTanks.js';
export { type DoublePendulumOptions, doublePendulum } from './systems/doublePendulum.js';
export { type LotkaVolterraOptions, lotkaVolterra } from './systems/lotkaVolterra.js';
export { type MassSpringDamperOptions, massSpringDamper } from './systems/massSpringDamper.js';
export { type PendulumOptions, pendulum } from './systems/pendulum.js';
export { type PositioningSystemOptions, positioningSystem } from './systems/positioningSystem.js';
export type { Ranges } from './systems/ranges.js';
export { type ReactionDiffusionOptions, reactionDiffusion } from './systems/reactionDiffusion.js';
export { type RLCCircuitOptions, rlcCircuit } from './systems/rlcCircuit.js';
