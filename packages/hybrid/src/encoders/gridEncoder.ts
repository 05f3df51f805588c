import { Conv2d, MLP, Network } from '@pushforward/nn';
import {
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
  /** Channels of the convolutions, each of which halves the grid; [16, 32, 32] by default. */
  readonly channels?: readonly number[];
  /** Widths of the layers behind; [64] by default. */
  readonly head?: readonly number[];
}

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
    channels: readonly number[],
    head: readonly number[],
  ) {
    super();
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
      (width, i) => new Conv2d(keys[i]!, widths[i]!, width, { stride: 2 }),
    );
    const halved = (edge: number) => channels.reduce((edge) => Math.ceil(edge / 2), edge);
    this.head = new MLP(keys.at(-1)!, {
      inputs: halved(rows) * halved(columns) * widths.at(-1)!,
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
      const told = this.head.apply(tf.reshape(image, [image.shape[0], -1]));
      return tf.reshape(told, [...x.shape.slice(0, -1), this.outputs]);
    });
  }

  /** `[N, rows, columns, (P + T) S]`. */
  private imageOf(trajectories: Tensor): Tensor {
    const [rows, columns, size] = this.layout.stateShape as [number, number, number];
    const n = trajectories.shape[0];
    const points = this.layout.past + this.layout.steps;
    const states = tf.reshape(trajectories, [n, points, rows, columns, size]);
    return tf.reshape(tf.transpose(states, [0, 2, 3, 1, 4]), [n, rows, columns, points * size]);
  }
}

/**
 * An encoder of fields on a grid in the plane: convolutions of all states at once, and a perceptron behind them.
 *
 * @throws OptionError for options that are unknown, or no channels
 */
export function gridEncoder(options: GridEncoderOptions = {}): EncoderBuilder {
  checkOptions('gridEncoder', options, ['channels', 'head']);
  const { channels = [16, 32, 32], head = [64] } = options;
  if (channels.length === 0)
    throw new OptionError('gridEncoder: at least one convolution is needed.');
  return (key, sizes, layout) => new GridEncoder(key, sizes, layout, channels, head);
}
