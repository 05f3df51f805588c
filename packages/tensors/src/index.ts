export { checkAbove, checkContext, checkCount, checkEvent, checkOptions } from './check.js';
export type { EngineName, EngineOptions } from './engine/candidates.js';
export {
  describeEngine,
  type EngineDescription,
  type FasterEngine,
  useEngine,
} from './engine/engine.js';
export { importPackage } from './engine/package.js';
export {
  DataError,
  DomainError,
  EngineError,
  LoadError,
  MissingError,
  OptionError,
  PushforwardError,
  SaveError,
  ShapeError,
  TrainingError,
} from './errors.js';
export type { JsonValue } from './io/json.js';
export { load, restore, save } from './io/save.js';
export { cholesky } from './linalg/cholesky.js';
export { type TriangularOptions, triangularSolve } from './linalg/triangular.js';
export type { Batch, EpochReport, Learner } from './module/learner.js';
export { constant, Module, parameter, state } from './module/module.js';
export type { Field } from './ode/field.js';
export { interpolant } from './ode/interpolant.js';
export { type AdaptiveSteps, type FixedSteps, odeSolve } from './ode/odeSolve.js';
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
export { detach, pullback, untracked, withGradient, withoutGradient } from './ops/gradient.js';
export { logSoftmax, logSumExp, max, softmax } from './ops/reduce.js';
export { type Branches, safeWhere, searchBins } from './ops/select.js';
export {
  type AdaptiveIntegral,
  type AdaptiveOptions,
  integrateAdaptively,
} from './quadrature/adaptive.js';
export { cumulativeClenshawCurtis } from './quadrature/cumulative.js';
export { type IntegralOptions, type Integrand, integral } from './quadrature/integral.js';
export { clenshawCurtis, gaussLegendre, type QuadratureRule } from './quadrature/rules.js';
export { Key } from './random/key.js';
export { type Bracket, increasingRoot } from './rootFinding/increasingRoot.js';
export { broadcastShapes, sumLast } from './shapes.js';
export { erf, erfc } from './special/erf.js';
export { digamma, lgamma } from './special/gamma.js';
export { log1mexp } from './special/log1mexp.js';
export { logNdtr, ndtr } from './special/normal.js';
export { erfinv, ndtri } from './special/quantile.js';
export { type CarryingTurn, scan } from './turns/scan.js';
export { sumInTurns, type Turn } from './turns/sumInTurns.js';
export type { Tensor, TensorLike, Variable } from './types.js';
