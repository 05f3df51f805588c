export type { Adjacency } from './adjacency.js';
export { Conditioner } from './conditioner.js';
export { Triangular } from './triangular.js';
