export { Bijector } from './bijector.js';
export { chain } from './chain.js';
export { invert } from './invert.js';
export { Normalizer } from './normalizer.js';
