import { type Key, Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Activation } from '../activations.js';
import { MultiHeadAttention } from '../attention.js';
import { zeros } from '../initialisers.js';
import { Linear } from '../linear.js';
import { MLP } from '../mlp.js';
import { LayerNorm } from '../norms.js';

/** What all blocks of a network have in common. */
interface BlockOptions {
  /** Numbers of each token, and of what is told of time and context. */
  readonly width: number;
  readonly heads: number;
  readonly activation: Activation;
}

/** Numbers that time and context give for all tokens, of which there are several vectors; they start at zero. */
export class Modulation extends Module {
  readonly layer: Linear;

  constructor(
    key: Key,
    private readonly width: number,
    private readonly vectors: number,
  ) {
    super();
    const options = { initialiser: zeros, bias: zeros };
    this.layer = new Linear(key, width, vectors * width, options);
  }

  /** Shape `[B, width]` -> `[B, 1, width]` each. */
  apply(time: Tensor): Tensor[] {
    const all = tf.reshape(this.layer.apply(time), [-1, 1, this.vectors * this.width]);
    return tf.split(all, this.vectors, 2);
  }
}

/** x (1 + scale) + shift. */
export function modulated(x: Tensor, shift: Tensor, scale: Tensor): Tensor {
  return tf.add(tf.mul(x, tf.add(1, scale)), shift);
}

/** Self-attention and a perceptron beside a path around, both told of time and context; they start at zero. */
export class TransformerBlock extends Module {
  readonly modulation: Modulation;
  readonly attention: MultiHeadAttention;
  readonly perceptron: MLP;
  private readonly norm: LayerNorm;

  constructor(key: Key, { width, heads, activation }: BlockOptions) {
    super();
    const [forModulation, forAttention, forPerceptron] = key.split(3);
    this.modulation = new Modulation(forModulation, width, 6);
    this.attention = new MultiHeadAttention(forAttention, width, { heads });
    const sizes = { inputs: width, outputs: width, hidden: [4 * width] };
    this.perceptron = new MLP(forPerceptron, { ...sizes, activation });
    this.norm = new LayerNorm(width, { affine: false });
  }

  /** Tokens `[B, T, width]` and what is told `[B, width]` -> tokens. */
  apply(x: Tensor, time: Tensor): Tensor {
    const [shift, scale, gate, laterShift, laterScale, laterGate] = this.modulation.apply(time) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const attended = this.attention.apply(modulated(this.norm.apply(x), shift, scale));
    const h = tf.add(x, tf.mul(gate, attended));
    const told = this.perceptron.apply(modulated(this.norm.apply(h), laterShift, laterScale));
    return tf.add(h, tf.mul(laterGate, told));
  }
}
