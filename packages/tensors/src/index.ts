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
  logSigmoid,
  sigmoid,
  softClip,
  softplus,
  tanh,
} from './ops/elementary.js';
export { detach, withGradient } from './ops/gradient.js';
export { logSoftmax, logSumExp, softmax } from './ops/reduce.js';
export { Key } from './random/key.js';
export type { Tensor, TensorLike, Variable } from './types.js';
