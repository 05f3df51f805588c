export { type Compiled, type CompileOptions, compile } from './compile.js';
export { exportOnnx } from './export.js';
export { fetchVariables } from './run/graphicsState.js';
export { type Runtime, useRuntime } from './run/runtimes.js';
export { withFastProducts } from './web/fastProducts.js';
