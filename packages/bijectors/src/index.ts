export { Bijector, type Element } from './bijector.js';
export { chain } from './chain.js';
export { invert } from './invert.js';
export { MonotoneNetwork, type MonotoneNetworkOptions } from './monotone/monotoneNetwork.js';
export { Normalizer } from './normalizer.js';
export { AffineNormalizer, type AffineNormalizerOptions } from './normalizers/affine.js';
export {
  RationalQuadraticSpline,
  type RationalQuadraticSplineOptions,
} from './normalizers/rationalQuadraticSpline.js';
export { UMNN, type UMNNOptions } from './normalizers/umnn.js';
export { Affine } from './scalar/affine.js';
export { Exp } from './scalar/exp.js';
export { Logit, Sigmoid } from './scalar/sigmoid.js';
export { Softplus } from './scalar/softplus.js';
export { Tanh } from './scalar/tanh.js';
export { inverseRationalQuadraticSpline, rationalQuadraticSpline } from './spline/kernel.js';
export { ActNorm, type ActNormOptions } from './vector/actNorm.js';
export { LULinear, type LULinearOptions } from './vector/luLinear.js';
export { Permute, Reverse } from './vector/permute.js';
export { Planar, type PlanarOptions } from './vector/planar.js';
export { Radial, type RadialOptions } from './vector/radial.js';
export { Sylvester, type SylvesterOptions } from './vector/sylvester.js';
