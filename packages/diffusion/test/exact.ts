import { constant, Key, softmax, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Denoised, Denoiser, type Levels, type Schedule } from '../src/index.js';

/** Normal laws in the plane of one deviation, each with a weight: data whose denoiser is known. */
export interface Blobs {
  readonly means: readonly (readonly [number, number])[];
  readonly weights: readonly number[];
  readonly deviation: number;
}

/** The exact denoiser of a mixture of normal laws; counts how often it is asked. */
export class MixtureDenoiser extends Denoiser {
  override readonly eventShape = [2];
  asked = 0;
  private readonly means: Tensor;
  private readonly logWeights: Tensor;

  constructor(
    override readonly schedule: Schedule,
    private readonly blobs: Blobs,
  ) {
    super();
    this.means = constant(() => tf.tensor2d(blobs.means.map((mean) => [...mean])));
    this.logWeights = constant(() => tf.log(tf.tensor1d([...blobs.weights])));
  }

  override posterior(xt: Tensor, t: Tensor, _?: Tensor, levels?: Levels): Denoised {
    this.asked++;
    const place = this.place(t, levels);
    const { alpha, sigma } = place;
    const own = this.blobs.deviation ** 2;
    const variance = tf.add(tf.mul(own, tf.square(alpha)), tf.square(sigma));
    // [B, blobs, 2]: x_t less the mean that each blob would give it
    const off = tf.sub(tf.expandDims(xt, -2), tf.mul(alpha, this.means));
    const logits = tf.sub(this.logWeights, tf.div(tf.sum(tf.square(off), -1), tf.mul(2, variance)));
    const means = tf.add(this.means, tf.mul(tf.div(tf.mul(own, alpha), variance), off));
    const mean = tf.sum(tf.mul(tf.expandDims(softmax(logits), -1), means), -2);
    return new Denoised(xt, place, 'data', mean);
  }
}

/** A key whose draws are told: row k of the noise for the key of step k. */
export class ToldKey extends Key {
  constructor(
    private readonly noise: (step: number, shape: readonly number[]) => Tensor,
    private readonly at = 0,
  ) {
    super(0, 0);
  }

  override foldIn(data: number): Key {
    return new ToldKey(this.noise, data);
  }

  override normal(shape: readonly number[]): Tensor {
    return this.noise(this.at, shape);
  }
}
