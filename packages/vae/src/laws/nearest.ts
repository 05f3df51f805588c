import { Distribution } from '@pushforward/distributions';
import { type Key, type Tensor, untracked, withGradient } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Codebook } from './codebook.js';

/** The law of a single vector, the nearest that the codebook has. */
export class Nearest extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  constructor(
    private readonly codebook: Codebook,
    private readonly encoded: Tensor,
  ) {
    super();
    this.eventShape = encoded.shape.slice(-1);
    this.batchShape = encoded.shape.slice(0, -1);
  }

  /** log of the probability: 0 for that vector, else -Infinity. */
  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() =>
      untracked(() => {
        const isThere = tf.all(tf.equal(z, this.nearest(this.encoded)), -1);
        return tf.where(isThere, tf.zeros(isThere.shape), -Infinity);
      }),
    );
  }

  /** Gradients pass straight through to the encoder. */
  override sample(_key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const z = withGradient(
        this.encoded,
        (encoded) => this.nearest(encoded),
        (dz) => dz,
      );
      return tf.broadcastTo(z, [...shape, ...z.shape]);
    });
  }

  /** The probability's logarithm is 0; its gradient is that of what draws codes and encoder to each other. */
  override sampleAndLogProb(key: Key, shape: readonly number[] = []): [Tensor, Tensor] {
    return tf.tidy(() => {
      const z = this.sample(key, shape);
      return [z, tf.broadcastTo(this.codebook.pull(this.encoded), z.shape.slice(0, -1))];
    });
  }

  private nearest(encoded: Tensor): Tensor {
    return this.codebook.vectorsOf(this.codebook.codesOf(encoded));
  }
}
