import {
  checkAbove,
  checkCount,
  checkOptions,
  type Key,
  parameter,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Activation } from '../activations.js';
import { zeros } from '../initialisers.js';
import { Linear } from '../linear.js';
import { LayerNorm } from '../norms.js';
import { sinusoidalEmbedding } from '../sinusoidalEmbedding.js';
import { TimedNetwork } from '../timedNetwork.js';
import { checkTimed } from './checkTimed.js';
import { TimeEmbedding } from './timeEmbedding.js';
import { Tokens } from './tokens.js';
import { Modulation, modulated, TransformerBlock } from './transformerBlock.js';

/** Options of {@link Transformer}. */
export interface TransformerOptions {
  /** Shape of x: a vector `[D]`, a sequence `[T, F]` or an image `[H, W, C]`. */
  readonly event: readonly number[];
  /** What a token is: so many numbers of a vector, steps of a sequence, or pixels along both edges of an image. */
  readonly patch: number;
  /** Length of the last axis of results, a multiple of D for vectors; that of x by default. */
  readonly outputs?: number;
  /** Numbers of the context; 0 by default, for none. Labels are read as rows of zeros and a one. */
  readonly context?: number;
  /** Numbers that stand for a token, a multiple of 4; 128 by default. */
  readonly width?: number;
  /** Blocks of attention and perceptron; 4 by default. */
  readonly blocks?: number;
  /** Heads of the attention; 4 by default. */
  readonly heads?: number;
  /** `'silu'` by default. */
  readonly activation?: Activation;
  /** What times are multiplied by before: 1000 by default, for those from 0 to 1; 1 for steps that are counted. */
  readonly timeScale?: number;
}

const defaults = {
  context: 0,
  width: 128,
  blocks: 4,
  heads: 4,
  activation: 'silu',
  timeScale: 1000,
} as const;

/**
 * A network of tokens, a time and perhaps a context: x is cut into tokens, which read each other by self-attention;
 * time and context shift, scale and gate each layer. It starts at zero, its blocks as the identity.
 *
 * Source: Peebles and Xie, "Scalable diffusion models with transformers", arXiv:2212.09748, section 3.2, adaLN-Zero.
 * Positions start as the sines and cosines there, and are learned.
 *
 * @example
 * ```ts
 * import { Transformer } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const net = new Transformer(Key.from(1), { event: [8, 8, 1], patch: 4, width: 16, blocks: 2 });
 * const y = net.apply(Key.from(2).normal([2, 8, 8, 1]), Key.from(3).uniform([2])); // [2, 8, 8, 1]
 * ```
 */
export class Transformer extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];
  override readonly contextSize: number;
  /** What all blocks are told of time and context. */
  readonly time: TimeEmbedding;
  /** From the numbers of a token to the width. */
  readonly first: Linear;
  /** Added to tokens, `[T, width]`. */
  readonly positions: Variable;
  /** Attention and perceptron, one block after the other. */
  readonly blocks: readonly TransformerBlock[];
  /** Shift and scale before the last layer. */
  readonly modulation: Modulation;
  /** To the results of a token; it starts at zero. */
  readonly last: Linear;
  private readonly tokens: Tokens;
  private readonly norm: LayerNorm;
  private readonly channels: number;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: TransformerOptions) {
    super();
    const where = 'Transformer';
    checkOptions(where, options, ['event', 'patch', 'outputs', ...Object.keys(defaults)]);
    const { event, patch, width, blocks, context, ...rest } = { ...defaults, ...options };
    this.tokens = new Tokens(where, event, patch);
    const { outputs = event.at(-1)! } = options;
    const channels = event.length === 1 ? outputs / event[0]! : outputs;
    checkCount(where, 'outputs of each number', channels, 1);
    checkCount(where, 'a quarter of the width', width / 4, 1);
    checkCount(where, 'blocks', blocks, 1);
    checkCount(where, 'context', context, 0);
    checkAbove(where, 'timeScale', rest.timeScale, 0);
    const [forTime, forFirst, forModulation, ...others] = key.split(4 + blocks) as [
      Key,
      Key,
      Key,
      Key,
      ...Key[],
    ];
    const [forLast, ...forBlocks] = others;
    const [inputs, results] = [this.tokens.sizeOf(), this.tokens.sizeOf(channels)];
    this.eventShape = event;
    this.outputShape = [...event.slice(0, -1), outputs];
    this.contextSize = context;
    this.channels = channels;
    this.time = new TimeEmbedding(forTime, { ...rest, features: width, width, context });
    this.first = new Linear(forFirst, inputs, width);
    this.positions = parameter(() => positionsOf(this.tokens.grid, width));
    this.blocks = forBlocks.map((key) => new TransformerBlock(key, { ...rest, width }));
    this.modulation = new Modulation(forModulation, width, 2);
    this.last = new Linear(forLast, width, results, { initialiser: zeros, bias: zeros });
    this.norm = new LayerNorm(width, { affine: false });
  }

  override apply(x: Tensor, t: Tensor, context?: Tensor): Tensor {
    checkTimed('Transformer', this, x, t, context);
    return tf.tidy(() => {
      const time = this.time.apply(t, context);
      const tokens = tf.add(this.first.apply(this.tokens.apart(x)), this.positions);
      const h = this.blocks.reduce((h, block) => block.apply(h, time), tokens);
      const [shift, scale] = this.modulation.apply(time) as [Tensor, Tensor];
      const results = this.last.apply(modulated(this.norm.apply(h), shift, scale));
      return this.tokens.together(results, this.channels);
    });
  }
}

/** Sines and cosines of where a token is: of its row, or half of its row and half of its column. */
function positionsOf([rows, columns]: readonly [number, number], width: number): Tensor {
  if (columns === 1) return sinusoidalEmbedding(tf.range(0, rows), width);
  const halves = [rows, columns].map((count) => sinusoidalEmbedding(tf.range(0, count), width / 2));
  const ofRows = tf.tile(tf.expandDims(halves[0]!, 1), [1, columns, 1]);
  const ofColumns = tf.tile(tf.expandDims(halves[1]!, 0), [rows, 1, 1]);
  return tf.reshape(tf.concat([ofRows, ofColumns], 2), [rows * columns, width]);
}
