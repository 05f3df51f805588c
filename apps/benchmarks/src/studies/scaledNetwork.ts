import { MLP, Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import type { NetworkBuilder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** Where numbers lie, each in its unit. */
export interface Scales {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** A network between numbers in units of any size: it sees, and tells, how many deviations they are from their means. */
class ScaledNetwork extends Network {
  override readonly inputs: number;
  override readonly outputs: number;

  constructor(
    private readonly network: Network,
    private readonly from: Scales,
    private readonly to: Scales,
  ) {
    super();
    this.inputs = network.inputs;
    this.outputs = network.outputs;
  }

  override apply(x: Tensor): Tensor {
    const { network, from, to } = this;
    return tf.tidy(() => {
      const told = network.apply(tf.div(tf.sub(x, [...from.mean]), [...from.deviation]));
      return tf.add([...to.mean], tf.mul([...to.deviation], told));
    });
  }
}

/** A perceptron between scaled numbers that starts at the means of what it tells. */
export function scaledNetwork(
  hidden: readonly number[],
  from: Scales,
  to: Scales,
  activation: 'silu' | 'tanh' = 'silu',
): NetworkBuilder {
  return (key: Key, sizes) =>
    new ScaledNetwork(new MLP(key, { ...sizes, hidden, activation, lastScale: 0 }), from, to);
}
