import type { Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import type { NetworkBuilder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { type DecoderParts, HybridDecoder } from './decoder.js';

/** y = y_e + f(y_e, z_a, x), where f is any network of whole trajectories. */
export class GeneralDecoder extends HybridDecoder {
  readonly correction: Network;

  constructor(key: Key, build: NetworkBuilder, parts: DecoderParts) {
    super(parts);
    const context = this.inputs - this.latentSize;
    this.correction = build(key, {
      inputs: this.outputs + this.latent + context,
      outputs: this.outputs,
    });
  }

  override respond(z: Tensor, context: Tensor, times = this.times): Tensor {
    this.checkTimes(times);
    return tf.tidy(() => {
      const [ye, change] = this.apart(z, context);
      return tf.add(ye, change);
    });
  }

  /** The mean of |y - y_e|^2, of a state. */
  override distance(z: Tensor, context: Tensor): Tensor {
    return tf.tidy(() => {
      const [, change] = this.apart(z, context);
      return tf.mul(tf.mean(tf.square(change)), this.observation.shape.at(-1)!);
    });
  }

  /** The expert's response, and what is added to it. */
  private apart(z: Tensor, context: Tensor): [Tensor, Tensor] {
    const ye = this.expertResponse(z, context);
    const flat = tf.reshape(ye, [ye.shape[0], this.outputs]);
    const learned = this.latent === 0 ? [] : [this.learned(z)];
    const change = this.correction.apply(tf.concat([flat, ...learned, context], 1));
    return [ye, tf.reshape(change, ye.shape)];
  }
}
