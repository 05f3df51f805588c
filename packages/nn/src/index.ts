export { type Activation, activation, activationNames } from './activations.js';
export {
  type Fan,
  fanInUniform,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initialiser,
  lecunNormal,
  lecunUniform,
  scaled,
  zeros,
} from './initialisers.js';
export type { NetworkOptions } from './layers.js';
export { Linear, type LinearOptions, type Mask, MaskedLinear } from './linear.js';
export { MLP } from './mlp.js';
export { Network } from './network.js';
export { ResidualNet } from './residualNet.js';
export { TimedNetwork } from './timedNetwork.js';
