export { checkContext, checkEvent, checkOptions } from './check.js';
export {
  DataError,
  DomainError,
  EngineError,
  LoadError,
  OptionError,
  PushforwardError,
  ShapeError,
  TrainingError,
} from './errors.js';
export type { Batch, EpochReport, Learner } from './module/learner.js';
export { constant, Module, parameter, state } from './module/module.js';
export { placeColumns, takeColumns } from './ops/columns.js';
export {
  clip,
  elementwise,
  elu,
  exp,
  expm1,
  log1p,
  logSigmoid,
  sigmoid,
  softClip,
  softplus,
  tanh,
} from './ops/elementary.js';
export { detach, withGradient, withoutGradient } from './ops/gradient.js';
export { logSoftmax, logSumExp, max, softmax } from './ops/reduce.js';
export { type Branches, safeWhere, searchBins } from './ops/select.js';
export { Key } from './random/key.js';
export type { Tensor, TensorLike, Variable } from './types.js';
