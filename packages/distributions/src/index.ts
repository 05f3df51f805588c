export { Bernoulli } from './bernoulli.js';
export { Categorical } from './categorical.js';
export {
  conditional,
  type LawFamily,
  type ModuleOfLaws,
  type ParameterNetwork,
} from './conditional.js';
export { lowerTriangular, positive } from './constraints.js';
export { DiagonalNormal } from './diagonalNormal.js';
export { Distribution } from './distribution.js';
export { flatten } from './flatten.js';
export { given } from './given.js';
export { Independent } from './independent.js';
export { Mixture } from './mixture.js';
export { MultivariateNormal } from './multivariateNormal.js';
export { Normal } from './normal.js';
export { Constrained, type ParameterLike, tensorOf } from './parameters.js';
export { normalizingFlow, type Pushforward, pushforward } from './pushforward.js';
export { RelaxedBernoulli } from './relaxedBernoulli.js';
export { RelaxedCategorical } from './relaxedCategorical.js';
export { stack } from './stack.js';
export { StandardNormal, standardNormal } from './standardNormal.js';
export { Uniform } from './uniform.js';
