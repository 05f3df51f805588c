import { type Key, Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Activation, activation } from '../activations.js';
import { Linear } from '../linear.js';
import { MLP } from '../mlp.js';
import { sinusoidalEmbedding } from '../sinusoidalEmbedding.js';

/** What a {@link TimeEmbedding} reads and gives. */
interface TimeEmbeddingOptions {
  /** Sines and cosines of the time. */
  readonly features: number;
  /** Numbers out. */
  readonly width: number;
  readonly context: number;
  readonly activation: Activation;
  readonly timeScale: number;
}

/** What the blocks of a network are told of time and context: `[B]` and `[B, context]` -> `[B, width]`. */
export class TimeEmbedding extends Module {
  readonly ofTime: MLP;
  readonly ofContext: Linear | undefined;
  private readonly features: number;
  private readonly scale: number;
  private readonly activation: (x: Tensor) => Tensor;

  constructor(key: Key, options: TimeEmbeddingOptions) {
    super();
    const { features, width, context } = options;
    const [forTime, forContext] = key.split(2);
    this.ofTime = new MLP(forTime, {
      inputs: features,
      outputs: width,
      hidden: [width],
      activation: options.activation,
    });
    // A context of one number that is 1 selects a row: an embedding of labels. All zeros tell of none.
    if (context > 0) this.ofContext = new Linear(forContext, context, width, { bias: false });
    this.features = features;
    this.scale = options.timeScale;
    this.activation = activation(options.activation);
  }

  apply(t: Tensor, context: Tensor | undefined): Tensor {
    const time = this.ofTime.apply(sinusoidalEmbedding(tf.mul(t, this.scale), this.features));
    if (this.ofContext === undefined || context === undefined) return this.activation(time);
    return this.activation(tf.add(time, this.ofContext.apply(context)));
  }
}
