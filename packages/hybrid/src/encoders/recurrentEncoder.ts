import { GRU, MLP, Network } from '@pushforward/nn';
import { checkCount, checkEvent, checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { EncoderBuilder, TrajectoryLayout } from './encoderBuilder.js';

/** Options of {@link recurrentEncoder}. */
export interface RecurrentEncoderOptions {
  /** Numbers that are remembered; 64 by default. */
  readonly hidden?: number;
  /** Widths of the layers behind; [64] by default. */
  readonly head?: readonly number[];
}

/** Reads states one after the other, the past and the inputs included, and tells of what it remembers at the end. */
class RecurrentEncoder extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  private readonly gru: GRU;
  private readonly head: MLP;

  constructor(
    key: Key,
    { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
    private readonly layout: TrajectoryLayout,
    hidden: number,
    head: readonly number[],
  ) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    const [forMemory, forHead] = key.split(2);
    this.gru = new GRU(forMemory, this.stateSize + layout.inputCount, hidden);
    this.head = new MLP(forHead, { inputs: hidden, outputs, hidden: head, activation: 'silu' });
  }

  override apply(x: Tensor): Tensor {
    checkEvent('recurrentEncoder', x, [this.inputs]);
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inputs]);
      const told = this.head.apply(this.gru.last(this.sequence(rows)));
      return tf.reshape(told, [...x.shape.slice(0, -1), this.outputs]);
    });
  }

  /** `[N, P + T, d + U]`. */
  private sequence(rows: Tensor): Tensor {
    const { steps, past, inputCount } = this.layout;
    const points = past + steps;
    const [n, size] = [rows.shape[0], this.stateSize];
    const lengths = [steps * size, past * size, points * inputCount];
    const [y, before, drive] = tf.split(rows, inputCount === 0 ? lengths.slice(0, 2) : lengths, 1);
    const states = tf.reshape(tf.concat([before!, y!], 1), [n, points, size]);
    if (drive === undefined) return states;
    return tf.concat([states, tf.reshape(drive, [n, points, inputCount])], 2);
  }

  private get stateSize(): number {
    return this.layout.stateShape.reduce((size, n) => size * n, 1);
  }
}

/**
 * An encoder of trajectories: a gated recurrent unit that reads one state after the other, and a perceptron behind it.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function recurrentEncoder(options: RecurrentEncoderOptions = {}): EncoderBuilder {
  checkOptions('recurrentEncoder', options, ['hidden', 'head']);
  const { hidden = 64, head = [64] } = options;
  checkCount('recurrentEncoder', 'hidden', hidden, 1);
  return (key, sizes, layout) => new RecurrentEncoder(key, sizes, layout, hidden, head);
}
