import type { Network } from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';

/** Makes a network once its sizes are known: an encoder's outputs are as many numbers as select a posterior, and so on. */
export type NetworkBuilder = (
  key: Key,
  sizes: { readonly inputs: number; readonly outputs: number },
) => Network;
