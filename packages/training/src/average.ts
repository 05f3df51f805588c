import { Module, state, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * The exponentially weighted mean of the values that variables have taken.
 *
 * After t updates it is sum_i d^(t-i) x_i / sum_i d^(t-i), which owes nothing to the start: a after update t is
 * a + (1 - d) / (1 - d^t) (x_t - a).
 *
 * Source: Polyak and Juditsky, 1992; the correction is that of Kingma and Ba, arXiv:1412.6980, section 3.
 */
export class Average extends Module {
  private readonly values: Variable[];
  private readonly weight = tf.tidy(() => state(tf.scalar(0)));
  readonly #source: readonly Variable[];
  readonly #decay: number;

  /** @param decay d in (0, 1): the mean reaches back over some 1 / (1 - d) updates */
  constructor(source: readonly Variable[], decay: number) {
    super();
    this.#source = source;
    this.#decay = decay;
    this.values = source.map((variable) => state(variable));
  }

  /** Counts the values that the variables have now. */
  update(): void {
    tf.tidy(() => {
      const weight = tf.add(tf.mul(this.weight, this.#decay), 1 - this.#decay);
      const part = tf.div(1 - this.#decay, weight);
      this.weight.assign(weight);
      for (const [i, value] of this.values.entries())
        value.assign(tf.add(value, tf.mul(part, tf.sub(this.#source[i]!, value))));
    });
  }

  /** Gives the variables their mean. */
  give(): void {
    for (const [i, value] of this.values.entries()) this.#source[i]!.assign(value);
  }
}
