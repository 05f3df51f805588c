import { checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { activation } from './activations.js';
import { linearLayers, type NetworkOptions, networkOptions } from './layers.js';
import type { Linear } from './linear.js';
import { Network } from './network.js';

/**
 * A multilayer perceptron: linear layers with an activation between them.
 *
 * @example
 * ```ts
 * import { MLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const net = new MLP(Key.from(1), { inputs: 3, outputs: 2, hidden: [64, 64], activation: 'silu' });
 * const y = net.apply(Key.from(2).normal([5, 10, 3])); // [5, 10, 2]
 * ```
 */
export class MLP extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  /** From the inputs on. */
  readonly layers: readonly Linear[];
  private readonly activation: (x: Tensor) => Tensor;

  /** @throws OptionError for unknown options, or masks that are not one per layer and of its shape */
  constructor(key: Key, options: NetworkOptions) {
    super();
    checkOptions('MLP', options, networkOptions);
    const { inputs, outputs, hidden, masks, lastScale = 1 } = options;
    this.inputs = inputs;
    this.outputs = outputs;
    this.activation = activation(options.activation ?? 'relu');
    this.layers = linearLayers('MLP', key, [inputs, ...hidden, outputs], masks, (i) =>
      i === hidden.length ? lastScale : 1,
    );
  }

  override apply(x: Tensor): Tensor {
    return tf.tidy(() =>
      this.layers.reduce((h, layer, i) => layer.apply(i === 0 ? h : this.activation(h)), x),
    );
  }
}
