export { dampedPendulums } from './data/dampedPendulums.js';
export { reactingSubstances } from './data/reactingSubstances.js';
export { seriesCircuits } from './data/seriesCircuits.js';
export type { ParameterLaw, SimulatedSystem } from './data/simulatedSystem.js';
export { Trajectories, type TrajectoriesParts } from './data/trajectories.js';
export {
  type Expert,
  type ExpertDescription,
  type ExpertOptions,
  expert,
  type Named,
  type ParameterRange,
} from './expert.js';
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
