export {
  type Adjacency,
  autoregressiveAdjacency,
  checkAdjacency,
  couplingAdjacency,
  depthOf,
  findCycle,
  levels,
  parentsOf,
  topologicalOrder,
} from './adjacency.js';
export { Autoregressive, type AutoregressiveOptions } from './autoregressive.js';
export { Conditioner, type ConditionerOptions } from './conditioner.js';
export { Coupling, type CouplingOptions } from './coupling.js';
export { Triangular } from './triangular.js';
