import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

const [templates, bits, flips] = [4, 16, 0.1];

/**
 * A law of black-and-white words: one of four templates, drawn by key, with each of its 16 bits flipped with chance 0.1. What
 * can be said of x without a latent, and what a latent tells of it, are both known.
 */
export class NoisyTemplates {
  static readonly bits = bits;
  /** log 4 nats: what a latent that names the template tells, nearly, of a word. */
  static readonly information = Math.log(templates);
  private readonly templates: readonly number[];

  constructor(key: Key) {
    const drawn = key.bernoulli(0.5, [templates, bits]);
    this.templates = [...drawn.dataSync()];
    drawn.dispose();
  }

  /** n words, shape `[n, 16]`. */
  readonly draw = (key: Key, n: number): Tensor =>
    tf.tidy(() => {
      const [forChoice, forFlips] = key.split(2);
      const choice = forChoice.categorical(tf.zeros([templates]), [n]);
      const clean = tf.gather(this.rows(), tf.cast(choice, 'int32'));
      return tf.abs(tf.sub(clean, forFlips.bernoulli(flips, [n, bits])));
    });

  /** log p(x) of words, shape `[n]`. */
  logProb(x: Tensor): Tensor {
    return tf.tidy(() => {
      const off = tf.sum(tf.abs(tf.sub(tf.expandDims(x, 1), this.rows())), 2);
      const odds = Math.log(flips / (1 - flips));
      const each = tf.add(tf.mul(off, odds), bits * Math.log(1 - flips) - Math.log(templates));
      return tf.logSumExp(each, 1);
    });
  }

  private rows(): tf.Tensor2D {
    return tf.tensor2d([...this.templates], [templates, bits]);
  }
}
