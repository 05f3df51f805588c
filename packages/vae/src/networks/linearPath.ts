import { Linear, Network, zeros } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** A network and a linear map, added. */
class LinearPath extends Network {
  override readonly inputs: number;
  override readonly outputs: number;

  constructor(
    readonly network: Network,
    readonly path: Linear,
  ) {
    super();
    this.inputs = network.inputs;
    this.outputs = network.outputs;
  }

  override apply(x: Tensor): Tensor {
    return tf.tidy(() => tf.add(this.network.apply(x), this.path.apply(x)));
  }
}

/** A network with a linear map beside it, which starts at zero. */
export function withLinearPath(key: Key, build: (key: Key) => Network): Network {
  const [forNetwork, forPath] = key.split(2);
  const network = build(forNetwork);
  const options = { initialiser: zeros, bias: false };
  return new LinearPath(network, new Linear(forPath, network.inputs, network.outputs, options));
}
