import {
  type TimedNetwork,
  Transformer,
  type TransformerOptions,
  UNet,
  type UNetOptions,
} from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';
import type { ImageShape } from './imageFeatures.js';

/** Makes a network of images, a time and a context. */
export type ImageNetwork = (key: Key, image: ImageShape, context: number) => TimedNetwork;

/** Of convolutions at falling sizes and back. */
export function convolutions(
  options: Pick<UNetOptions, 'channels' | 'blocks' | 'attention'>,
): ImageNetwork {
  return (key, image, context) => new UNet(key, { image, context, ...options });
}

/** Of patches that read each other. */
export function patches(
  options: Pick<TransformerOptions, 'patch' | 'width' | 'blocks'>,
): ImageNetwork {
  return (key, event, context) => new Transformer(key, { event, context, ...options });
}
