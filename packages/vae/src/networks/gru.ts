import { type Adjacency, blockAdjacency, Conditioner } from '@pushforward/conditioners';
import { GRU, Linear, zeros } from '@pushforward/nn';
import {
  broadcastShapes,
  checkContext,
  checkCount,
  checkEvent,
  checkOptions,
  DomainError,
  type Key,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { ConditionerBuilder } from './conditionerBuilder.js';
import { shift } from './shift.js';

/** Options of {@link gru}. */
export interface GRUOptions {
  /** T: steps of the sequence, or rows of an image; each is of D / T numbers, which do not read each other. */
  readonly steps: number;
  /** Numbers of the state; 64 by default. */
  readonly hidden?: number;
}

class Recurrent extends Conditioner {
  override readonly adjacency: Adjacency;
  override readonly depth: number;
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;
  override readonly contextSize: number;
  /** Of what a step reads: the step before, and context. */
  readonly network: GRU;
  readonly last: Linear;

  constructor(
    key: Key,
    sizes: { readonly features: number; readonly parameters: number; readonly context: number },
    private readonly steps: number,
    hidden: number,
  ) {
    super();
    const { features, parameters, context } = sizes;
    const width = features / steps;
    const ofStep = context / steps;
    if (!Number.isInteger(width) || !Number.isInteger(ofStep))
      throw new DomainError(
        `gru: ${features} numbers, and ${context} of context, must be as many for each of ${steps} steps.`,
      );
    const [forNetwork, forLast] = key.split(2);
    this.network = new GRU(forNetwork, width + ofStep, hidden);
    this.last = new Linear(forLast, hidden, width * parameters, {
      initialiser: zeros,
      bias: zeros,
    });
    this.transformed = Array.from({ length: features }, (_, i) => i);
    this.adjacency = blockAdjacency(this.transformed.map((i) => Math.floor(i / width)));
    this.depth = steps - 1;
    this.parameterCount = parameters;
    this.contextSize = context;
  }

  override parametersOf(x: Tensor, context?: Tensor): Tensor {
    const features = this.transformed.length;
    checkEvent('gru', x, [features]);
    checkContext('gru', this.contextSize, context);
    return tf.tidy(() => {
      const held = context?.shape.slice(0, -1) ?? [];
      const batch = [...broadcastShapes('gru', x.shape.slice(0, -1), held)];
      const rows = (x: Tensor) =>
        tf.reshape(tf.broadcastTo(x, [...batch, x.shape.at(-1)!]), [
          -1,
          this.steps,
          x.shape.at(-1)! / this.steps,
        ]);
      const before = shift(rows(x));
      const input = context === undefined ? before : tf.concat([before, rows(context)], -1);
      const parameters = this.last.apply(this.network.apply(input));
      return tf.reshape(parameters, [...batch, features, this.parameterCount]);
    });
  }
}

/**
 * A conditioner of sequences, or of images row by row: a gated recurrent unit reads one step after the other, and what it
 * remembers of all before tells the numbers of the next. A context of the same number of numbers for each step is read at its
 * own. It starts at zero.
 *
 * Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv:1406.1078.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { autoregressive, gaussian, gru, vae } from '@pushforward/vae';
 * const likelihood = autoregressive(Key.from(1), gaussian(24), gru({ steps: 24, hidden: 16 }));
 * const model = vae(Key.from(2), { likelihood, latent: 2 });
 * model.sample(Key.from(3), [5]).shape; // [5, 24]
 * ```
 */
export function gru(options: GRUOptions): ConditionerBuilder {
  checkOptions('gru', options, ['steps', 'hidden']);
  const { steps, hidden = 64 } = options;
  checkCount('gru', 'steps', steps, 1);
  checkCount('gru', 'hidden', hidden, 1);
  return (key, sizes) => new Recurrent(key, sizes, steps, hidden);
}
