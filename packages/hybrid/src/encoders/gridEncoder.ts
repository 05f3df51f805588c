import { Conv2d, MLP, Network } from '@pushforward/nn';
import {
  checkAbove,
  checkEvent,
  checkOptions,
  type Key,
  OptionError,
  ShapeError,
  sigmoid,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { EncoderBuilder, TrajectoryLayout } from './encoderBuilder.js';

/** Options of {@link gridEncoder}. */
export interface GridEncoderOptions {
  /** Channels of the convolutions; [16, 32, 32] by default. */
  readonly channels?: readonly number[];
  /** Of each convolution, how many cells it goes on at a time; 2 by default, which halves the grid. */
  readonly strides?: readonly number[];
  /**
   * Whether the layers behind read means over the grid in place of all cells: parameters of laws that are the same everywhere are
   * told from few fields then. False by default.
   */
  readonly pooled?: boolean;
  /** Widths of the layers behind; [64] by default. */
  readonly head?: readonly number[];
  /** What states are like: they are read as (y - mean) / deviation. 0 by default. */
  readonly mean?: number;
  /** 1 by default. */
  readonly deviation?: number;
}

const names = ['channels', 'strides', 'pooled', 'head', 'mean', 'deviation'] as const;

/** Reads fields in the plane: the states of all times are channels of one image. */
class GridEncoder extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  private readonly convolutions: readonly Conv2d[];
  private readonly head: MLP;

  constructor(
    key: Key,
    { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
    private readonly layout: TrajectoryLayout,
    private readonly options: Required<GridEncoderOptions>,
  ) {
    super();
    const { channels, strides, pooled, head } = options;
    const { stateShape, steps, past, inputCount } = layout;
    if (stateShape.length !== 3 || inputCount > 0)
      throw new ShapeError(
        `gridEncoder: states [rows, columns, S] without inputs are needed, got [${stateShape.join(', ')}] and ${inputCount} inputs.`,
      );
    this.inputs = inputs;
    this.outputs = outputs;
    const [rows, columns, size] = stateShape as [number, number, number];
    const widths = [(past + steps) * size, ...channels];
    const keys = key.split(channels.length + 1);
    this.convolutions = channels.map(
      (width, i) => new Conv2d(keys[i]!, widths[i]!, width, { stride: strides[i]! }),
    );
    const left = (edge: number) => strides.reduce((edge, stride) => Math.ceil(edge / stride), edge);
    this.head = new MLP(keys.at(-1)!, {
      inputs: (pooled ? 1 : left(rows) * left(columns)) * widths.at(-1)!,
      outputs,
      hidden: head,
      activation: 'silu',
    });
  }

  override apply(x: Tensor): Tensor {
    checkEvent('gridEncoder', x, [this.inputs]);
    return tf.tidy(() => {
      const image = this.convolutions.reduce(
        (h, layer) => {
          const read = layer.apply(h);
          return tf.mul(read, sigmoid(read));
        },
        this.imageOf(tf.reshape(x, [-1, this.inputs])),
      );
      const read = this.options.pooled ? tf.mean(image, [1, 2]) : image;
      const told = this.head.apply(tf.reshape(read, [image.shape[0], -1]));
      return tf.reshape(told, [...x.shape.slice(0, -1), this.outputs]);
    });
  }

  /** `[N, rows, columns, (P + T) S]`. */
  private imageOf(trajectories: Tensor): Tensor {
    const [rows, columns, size] = this.layout.stateShape as [number, number, number];
    const n = trajectories.shape[0];
    const points = this.layout.past + this.layout.steps;
    const { mean, deviation } = this.options;
    const scaled = tf.div(tf.sub(trajectories, mean), deviation);
    const states = tf.reshape(scaled, [n, points, rows, columns, size]);
    return tf.reshape(tf.transpose(states, [0, 2, 3, 1, 4]), [n, rows, columns, points * size]);
  }
}

/**
 * An encoder of fields on a grid in the plane: convolutions of all states at once, and a perceptron behind them.
 *
 * @throws OptionError or DomainError for options that are unknown, outside their domain or do not go together
 */
export function gridEncoder(options: GridEncoderOptions = {}): EncoderBuilder {
  checkOptions('gridEncoder', options, names);
  const { channels = [16, 32, 32], pooled = false, head = [64], mean = 0, deviation = 1 } = options;
  const { strides = channels.map(() => 2) } = options;
  if (channels.length === 0)
    throw new OptionError('gridEncoder: at least one convolution is needed.');
  if (strides.length !== channels.length)
    throw new OptionError(
      `gridEncoder: ${channels.length} convolutions need as many strides, got ${strides.length}.`,
    );
  checkAbove('gridEncoder', 'deviation', deviation, 0);
  const settings = { channels, strides, pooled, head, mean, deviation };
  return (key, sizes, layout) => new GridEncoder(key, sizes, layout, settings);
}
