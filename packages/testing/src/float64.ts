/// <reference types="node" />
/**
 * Double precision: `import '@pushforward/testing/float64'` as the first line of a `*.f64.test.ts` file.
 *
 * TensorFlow.js knows float32 only, but its `cpu` backend is plain JavaScript that computes in doubles and rounds
 * where it stores into a `Float32Array`. With that name bound to `Float64Array` before the library loads, the very
 * same code of ours runs in double precision: what differs from the float32 run is rounding, what does not is a
 * mistake, and finite differences have sixteen digits to work with.
 *
 * - It holds for the whole process, so for one test file: vitest gives each file its own.
 * - `dtype` still says `float32`; `dataSync()` returns a `Float64Array`.
 * - Only on `cpu`; saving and loading, which count bytes, do not work.
 * - Kernels that are approximations stay so: `tf.erf` is good to 2e-7.
 * - float32 thresholds in our code (the largest finite number, cut-offs of series) stay where they are.
 */
import { types } from 'node:util';

if ('_tfengine' in globalThis)
  throw new Error('@pushforward/testing/float64 must be imported before @tensorflow/tfjs.');

globalThis.Float32Array = Float64Array as unknown as typeof Float32Array;

// TensorFlow.js asks Node, not the name, whether an array is one of numbers.
Object.assign(types, { isFloat32Array: (array: unknown) => types.isFloat64Array(array) });
