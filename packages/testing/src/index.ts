import * as tf from '@tensorflow/tfjs';
import './matchers.js';

export { onEachEngine } from './engines.js';
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

// Spares every test file the library's greeting.
tf.env().set('IS_TEST', true);
