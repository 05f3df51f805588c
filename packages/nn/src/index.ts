export { type Activation, activation, activationNames } from './activations.js';
export { type AttentionOptions, MultiHeadAttention } from './attention.js';
export { Conv2d, type ConvOptions, ConvTranspose2d } from './conv2d.js';
export { GRU } from './gru.js';
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
export { GroupNorm, LayerNorm, type NormOptions } from './norms.js';
export { ResidualNet } from './residualNet.js';
export { type SinusoidalOptions, sinusoidalEmbedding } from './sinusoidalEmbedding.js';
export { asVectors } from './timed/asVectors.js';
export { TimedMLP, type TimedMLPOptions } from './timed/timedMLP.js';
export { Transformer, type TransformerOptions } from './timed/transformer.js';
export { UNet, type UNetOptions } from './timed/unet.js';
export { TimedNetwork } from './timedNetwork.js';
