import { Network } from '@pushforward/nn';
import { checkEvent, parameter, type Tensor, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { EncoderBuilder } from './encoderBuilder.js';

/** Tells what it has learned, whatever it reads. */
class SameForAll extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  private readonly numbers: Variable;

  constructor({ inputs, outputs }: { readonly inputs: number; readonly outputs: number }) {
    super();
    this.inputs = inputs;
    this.outputs = outputs;
    this.numbers = parameter(() => tf.zeros([outputs]));
  }

  override apply(x: Tensor): Tensor {
    checkEvent('sameForAll', x, [this.inputs]);
    return tf.broadcastTo(this.numbers, [...x.shape.slice(0, -1), this.outputs]);
  }
}

/**
 * No encoder: parameters that are trained themselves, the same for all trajectories, as where all are of one system.
 *
 * Source: Yin et al., "Augmenting physical models with deep networks for complex dynamics forecasting", arXiv:2010.04456.
 */
export function sameForAll(): EncoderBuilder {
  return (_, sizes) => new SameForAll(sizes);
}
