export { iaf, maf, realNVP } from './affine.js';
export { buildFlow, type FlowSpec } from './buildFlow.js';
export { type GraphicalFlowOptions, graphical, type NormalizerChoice } from './graphical.js';
export { GraphLearner, type GraphLearnerOptions, learnGraph } from './learnGraph.js';
export type {
  AffineFlowOptions,
  FlowOptions,
  SplineFlowOptions,
  UMNNFlowOptions,
} from './options.js';
export { nsfAutoregressive, nsfCoupling } from './spline.js';
export { umnnCoupling, umnnMaf } from './umnn.js';
