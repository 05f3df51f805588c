export { DiagonalNormal } from './diagonalNormal.js';
export { Distribution } from './distribution.js';
export { Normal } from './normal.js';
export { Constrained, type ParameterLike, positive } from './parameters.js';
export { normalizingFlow, pushforward } from './pushforward.js';
export { standardNormal } from './standardNormal.js';
