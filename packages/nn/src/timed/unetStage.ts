import { type Key, Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Activation, activation } from '../activations.js';
import { MultiHeadAttention } from '../attention.js';
import { Conv2d } from '../conv2d.js';
import { zeros } from '../initialisers.js';
import { Linear } from '../linear.js';
import { GroupNorm } from '../norms.js';

/** What all stages of a network have in common. */
export interface StageOptions {
  /** Numbers that tell of time and context. */
  readonly width: number;
  readonly groups: number;
  readonly heads: number;
  readonly activation: Activation;
}

/** Two convolutions beside a path around them, `[B, H, W, from]` -> `[B, H, W, to]`; they start at zero. */
class ResidualBlock extends Module {
  readonly firstNorm: GroupNorm;
  readonly first: Conv2d;
  /** A shift for each channel. */
  readonly ofTime: Linear;
  readonly secondNorm: GroupNorm;
  readonly second: Conv2d;
  readonly path: Linear | undefined;
  private readonly activation: (x: Tensor) => Tensor;

  constructor(key: Key, from: number, to: number, options: StageOptions) {
    super();
    const [forFirst, forTime, forSecond, forPath] = key.split(4);
    this.firstNorm = new GroupNorm(from, options.groups);
    this.first = new Conv2d(forFirst, from, to, { bias: false });
    this.ofTime = new Linear(forTime, options.width, to);
    this.secondNorm = new GroupNorm(to, options.groups);
    this.second = new Conv2d(forSecond, to, to, { initialiser: zeros, bias: zeros });
    if (from !== to) this.path = new Linear(forPath, from, to);
    this.activation = activation(options.activation);
  }

  apply(x: Tensor, time: Tensor): Tensor {
    const shift = tf.reshape(this.ofTime.apply(time), [x.shape[0], 1, 1, -1]);
    const inner = this.first.apply(this.activation(this.firstNorm.apply(x)));
    const h = this.secondNorm.apply(tf.add(inner, shift));
    return tf.add(this.path?.apply(x) ?? x, this.second.apply(this.activation(h)));
  }
}

/** Pixels that read each other, beside a path around; they start at zero. */
class ImageAttention extends Module {
  readonly norm: GroupNorm;
  readonly attention: MultiHeadAttention;

  constructor(key: Key, channels: number, { groups, heads }: StageOptions) {
    super();
    this.norm = new GroupNorm(channels, groups);
    this.attention = new MultiHeadAttention(key, channels, { heads, lastScale: 0 });
  }

  apply(x: Tensor): Tensor {
    const [count, , , channels] = x.shape as [number, number, number, number];
    const pixels = tf.reshape(this.norm.apply(x), [count, -1, channels]);
    return tf.add(x, tf.reshape(this.attention.apply(pixels), x.shape));
  }
}

/** A residual block of convolutions and, perhaps, self-attention behind it. */
export class Stage extends Module {
  readonly residual: ResidualBlock;
  readonly attention: ImageAttention | undefined;

  /**
   * @param from channels in
   * @param to channels out
   * @param attends whether pixels read each other
   */
  constructor(key: Key, from: number, to: number, attends: boolean, options: StageOptions) {
    super();
    const [forResidual, forAttention] = key.split(2);
    this.residual = new ResidualBlock(forResidual, from, to, options);
    if (attends) this.attention = new ImageAttention(forAttention, to, options);
  }

  apply(x: Tensor, time: Tensor): Tensor {
    const h = this.residual.apply(x, time);
    return this.attention?.apply(h) ?? h;
  }
}
