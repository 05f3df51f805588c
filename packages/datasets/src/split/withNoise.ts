import { type Batch, checkAbove, type Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Rows in batches, such as those of a `Split`. */
export interface Batches {
  /** Rows. */
  readonly length: number;
  /** Every row once, in an order given by the key, `size` rows at a time; the reader disposes each batch. */
  batches(key: Key, size: number): Iterable<Batch>;
}

/**
 * The same rows with noise that is drawn anew whenever they are read: x + s e, e ~ N(0, I), one draw for each pass of a training.
 *
 * A continuous model of finite data has no bound to its likelihood: it can put ever smaller noise around each row. Of rows with noise
 * no deviation below s pays, so that together with a floor of s below a model's scales it rules that collapse out. What is
 * learned is the law of x + s e.
 *
 * Source: Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section 7.2.
 *
 * @param deviation s > 0
 *
 * @example
 * ```ts
 * import { digits, withNoise } from '@pushforward/datasets';
 * import { Key } from '@pushforward/tensors';
 * const train = withNoise(digits(), 0.5); // for fit(model, { train }, ...)
 * const [batch] = train.batches(Key.from(1), 100);
 * ```
 */
export function withNoise(data: Batches, deviation: number): Batches {
  checkAbove('withNoise', 'the deviation', deviation, 0);
  return {
    length: data.length,
    *batches(key, size) {
      const [forOrder, forNoise] = key.split(2);
      let index = 0;
      for (const batch of data.batches(forOrder, size)) {
        const noise = forNoise.foldIn(index++);
        const x = tf.tidy(() => tf.add(batch.x, tf.mul(deviation, noise.normal(batch.x.shape))));
        batch.x.dispose();
        yield { ...batch, x };
      }
    },
  };
}
