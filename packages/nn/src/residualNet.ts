import { checkOptions, type Key, Module, OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { activation } from './activations.js';
import { linearLayers, type NetworkOptions, networkOptions } from './layers.js';
import type { Linear } from './linear.js';
import { Network } from './network.js';

/** h -> h + W2 a(W1 a(h) + b1) + b2. */
class ResidualBlock extends Module {
  constructor(
    readonly first: Linear,
    readonly second: Linear,
  ) {
    super();
  }

  apply(h: Tensor, activation: (x: Tensor) => Tensor): Tensor {
    const inner = this.first.apply(activation(h));
    return tf.add(h, this.second.apply(activation(inner)));
  }
}

/**
 * A residual network with the activation before each layer: one linear layer in, a block of two for each entry of
 * `hidden`, one linear layer out. Blocks start as the identity.
 *
 * Masks, where given, come in the order of the linear layers: first, two for each block, last.
 *
 * Source: He et al., "Identity mappings in deep residual networks", arXiv:1603.05027, figure 1b.
 *
 * @example
 * ```ts
 * import { ResidualNet } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const net = new ResidualNet(Key.from(1), { inputs: 3, outputs: 2, hidden: [64, 64] });
 * const y = net.apply(Key.from(2).normal([10, 3])); // [10, 2]
 * ```
 */
export class ResidualNet extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  /** From the inputs to the width of the blocks. */
  readonly first: Linear;
  /** One for each entry of `hidden`. */
  readonly blocks: readonly ResidualBlock[];
  /** To the outputs. */
  readonly last: Linear;
  private readonly activation: (x: Tensor) => Tensor;

  /** @throws OptionError for unknown options, hidden widths that differ, or masks that do not fit */
  constructor(key: Key, options: NetworkOptions) {
    super();
    checkOptions('ResidualNet', options, networkOptions);
    const { inputs, outputs, hidden, masks, lastScale = 1 } = options;
    const [width] = hidden;
    if (width === undefined || hidden.some((other) => other !== width))
      throw new OptionError(
        `ResidualNet: hidden must hold one width per block, all equal, got [${hidden.join(', ')}].`,
      );
    this.inputs = inputs;
    this.outputs = outputs;
    this.activation = activation(options.activation ?? 'relu');
    const inner = 2 * hidden.length;
    const widths = [inputs, ...Array<number>(inner + 1).fill(width), outputs];
    const layers = linearLayers('ResidualNet', key, widths, masks, (i) => {
      if (i > inner) return lastScale;
      return i > 0 && i % 2 === 0 ? 0 : 1;
    });
    this.first = layers[0]!;
    this.blocks = hidden.map(
      (_, block) => new ResidualBlock(layers[2 * block + 1]!, layers[2 * block + 2]!),
    );
    this.last = layers.at(-1)!;
  }

  override apply(x: Tensor): Tensor {
    return tf.tidy(() => {
      const h = this.blocks.reduce(
        (h, block) => block.apply(h, this.activation),
        this.first.apply(x),
      );
      return this.last.apply(this.activation(h));
    });
  }
}
