import * as tf from '@tensorflow/tfjs';
import './matchers.js';

export { onEachEngine, onTensorFlow } from './engines.js';
export {
  describeGolden,
  type Golden,
  type GoldenCase,
  type GoldenRecord,
  golden,
} from './golden.js';
export { finiteDifferences, jacobian, logAbsDet } from './jacobian.js';
export { expectNoLeak } from './leaks.js';
export type { Tolerance } from './matchers.js';
export { integrate1d, integrate2d } from './quadrature.js';
export { dkwBound, kolmogorovSmirnov } from './statistics.js';
export { type Numbers, valuesOf } from './values.js';

// Spares every test file the library's greeting. Its flag IS_TEST would too, but also turns on a check of the
// engines that takes what a gradient saves for a leak on wasm.
tf.env().set('PROD', true);
