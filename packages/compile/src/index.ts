export { type Compiled, type CompileOptions, compile } from './compile.js';
export { exportOnnx } from './export.js';
export type { Runtime } from './run/onnxruntime.js';
export { useRuntime } from './run/runtimes.js';
