export {
  type Adjacency,
  autoregressiveAdjacency,
  blockAdjacency,
  checkAdjacency,
  couplingAdjacency,
  depthOf,
  findCycle,
  levels,
  parentsOf,
  topologicalOrder,
} from './adjacency.js';
export { Autoregressive, type AutoregressiveOptions } from './autoregressive.js';
export {
  type BayesianNetworkOptions,
  bayesianNetwork,
  type FlowOfNoise,
} from './bayesianNetwork/bayesianNetwork.js';
export { structuralHammingDistance } from './bayesianNetwork/distance.js';
export { type Graphviz, toDot, toSvg } from './bayesianNetwork/drawing.js';
export { BayesianNetwork, type Independence, type NodeStyle } from './bayesianNetwork/network.js';
export { Conditioner, type ConditionerOptions } from './conditioner.js';
export { Coupling, type CouplingOptions } from './coupling.js';
export { acyclicity } from './graphical/acyclicity.js';
export {
  adjacencyOf,
  type EdgeList,
  type Graph,
  type GraphologyGraph,
  type NodeName,
} from './graphical/graph.js';
export { Graphical, type GraphicalOptions } from './graphical/graphical.js';
export { LearnedGraph, type LearnedGraphOptions } from './graphical/learnedGraph.js';
export { LearnedGraphical, type LearnedGraphicalOptions } from './graphical/learnedGraphical.js';
export { Triangular } from './triangular.js';
