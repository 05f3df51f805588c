import { Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Makes a network once its sizes are known: an encoder's outputs are as many numbers as select a posterior, and so on. */
export type NetworkBuilder = (
  key: Key,
  sizes: { readonly inputs: number; readonly outputs: number },
) => Network;

/** The sum of several networks. */
export class Sum extends Network {
  override readonly inputs: number;
  override readonly outputs: number;

  constructor(readonly terms: readonly [Network, ...Network[]]) {
    super();
    this.inputs = terms[0].inputs;
    this.outputs = terms[0].outputs;
  }

  override apply(x: Tensor): Tensor {
    return tf.tidy(() => tf.addN(this.terms.map((term) => term.apply(x))));
  }
}
