import { TimedNetwork } from '@pushforward/nn';
import type { Tensor } from '@pushforward/tensors';
import type { GoldenRecord } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { cosineBetas, linearBetas, type Schedule, scaledLinearBetas } from '../src/index.js';

/** The schedule of a case of the golden values. */
export function goldenSchedule(params: GoldenRecord): Schedule {
  const kind = params.text('kind');
  const steps = params.number('T');
  if (kind === 'cosine')
    return cosineBetas({ steps, offset: params.number('s'), largest: params.number('max_beta') });
  const betas = kind === 'linear' ? linearBetas : scaledLinearBetas;
  return betas({ steps, start: params.number('beta_start'), end: params.number('beta_end') });
}

/** The network of the golden values: A x + c t, where the t of step i is (i + 1) / T. */
export class Affine extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];
  private readonly A: Tensor;
  private readonly c: Tensor;

  constructor(params: GoldenRecord) {
    super();
    this.A = params.tensor('A');
    this.c = params.tensor('c');
    this.eventShape = this.c.shape;
    this.outputShape = this.c.shape;
  }

  override apply(x: Tensor, t: Tensor): Tensor {
    return tf.add(tf.matMul(x, this.A, false, true), tf.mul(tf.expandDims(t, -1), this.c));
  }
}
