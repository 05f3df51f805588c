import { checkAbove, checkCount, checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Activation } from '../activations.js';
import { MLP } from '../mlp.js';
import { sinusoidalEmbedding } from '../sinusoidalEmbedding.js';
import { TimedNetwork } from '../timedNetwork.js';
import { checkTimed } from './checkTimed.js';

/** Options of {@link TimedMLP}. */
export interface TimedMLPOptions {
  /** D: numbers of x. */
  readonly features: number;
  /** Numbers out; D by default. */
  readonly outputs?: number;
  /** Numbers of the context; 0 by default, for none. */
  readonly context?: number;
  /** Widths of the hidden layers; `[128, 128, 128]` by default. */
  readonly hidden?: readonly number[];
  /** Between the layers; `'silu'` by default. */
  readonly activation?: Activation;
  /** Sines and cosines of the time, an even number; 32 by default. */
  readonly timeFeatures?: number;
  /** What times are multiplied by before: 1000 by default, for those from 0 to 1; 1 for steps that are counted. */
  readonly timeScale?: number;
  /** Factor on the start of the last layer; 0 by default, for a network that starts at zero. */
  readonly lastScale?: number;
}

const known = [
  'features',
  'outputs',
  'context',
  'hidden',
  'activation',
  'timeFeatures',
  'timeScale',
  'lastScale',
] as const satisfies readonly (keyof TimedMLPOptions)[];

/**
 * A multilayer perceptron that reads a vector, the sines and cosines of a time and perhaps a context, side by side.
 *
 * @example
 * ```ts
 * import { TimedMLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const net = new TimedMLP(Key.from(1), { features: 2, hidden: [64, 64] });
 * const y = net.apply(Key.from(2).normal([10, 2]), Key.from(3).uniform([10])); // [10, 2]
 * ```
 */
export class TimedMLP extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];
  override readonly contextSize: number;
  /** Of x, time and context, in this order. */
  readonly network: MLP;
  private readonly timeFeatures: number;
  private readonly timeScale: number;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: TimedMLPOptions) {
    super();
    checkOptions('TimedMLP', options, known);
    const { features, outputs = features, context = 0, hidden = [128, 128, 128] } = options;
    const { activation = 'silu', timeFeatures = 32, timeScale = 1000, lastScale = 0 } = options;
    checkCount('TimedMLP', 'features', features, 1);
    checkCount('TimedMLP', 'context', context, 0);
    checkCount('TimedMLP', 'half of timeFeatures', timeFeatures / 2, 1);
    checkAbove('TimedMLP', 'timeScale', timeScale, 0);
    const inputs = features + timeFeatures + context;
    this.network = new MLP(key, { inputs, outputs, hidden, activation, lastScale });
    this.eventShape = [features];
    this.outputShape = [outputs];
    this.contextSize = context;
    this.timeFeatures = timeFeatures;
    this.timeScale = timeScale;
  }

  override apply(x: Tensor, t: Tensor, context?: Tensor): Tensor {
    checkTimed('TimedMLP', this, x, t, context);
    return tf.tidy(() => {
      const time = sinusoidalEmbedding(tf.mul(t, this.timeScale), this.timeFeatures);
      return this.network.apply(tf.concat(context ? [x, time, context] : [x, time], 1));
    });
  }
}
