import { type Batch, type Key, Key as Keys, Module, parameter, state } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { cosine, type FitOptions, fit, type TrainingData, warmUp } from '../src/index.js';

/** A noisy regression with state of its own: whatever a run must remember, it has. */
export class Example extends Module {
  readonly weight = tf.tidy(() => parameter(Keys.from(5).normal([4, 4])));
  readonly bias = tf.tidy(() => parameter(tf.zeros([4])));
  readonly strength = tf.tidy(() => state(tf.scalar(1)));

  loss({ x }: Batch, key: Key) {
    return tf.tidy(() => {
      const noisy = tf.add(x, tf.mul(this.strength, key.normal(x.shape)));
      const y = tf.tanh(tf.add(tf.matMul(noisy, this.weight as tf.Tensor2D), this.bias));
      return tf.mean(tf.square(tf.sub(y, x)));
    });
  }

  endOfEpoch() {
    tf.tidy(() => {
      this.strength.assign(tf.mul(this.strength, 0.9));
    });
  }
}

function rows(seed: number, length: number): TrainingData {
  const x = Keys.from(seed).normal([length, 4]).arraySync() as number[][];
  return {
    length,
    *batches(key, size) {
      const order = [...key.permutation(length)].map((i) => x[i]!);
      for (let i = 0; i < length; i += size) yield { x: tf.tensor2d(order.slice(i, i + size)) };
    },
  };
}

/** The run that the tests interrupt: 12 epochs of 8 steps. */
export async function run(options: Partial<FitOptions> = {}) {
  const example = new Example();
  const { history, bestEpoch, steps, stopReason } = await fit(
    example,
    { train: rows(1, 60), validation: rows(2, 20) },
    {
      key: Keys.from(3),
      epochs: 12,
      batchSize: 8,
      learningRate: 0.05,
      schedule: warmUp(10, cosine()),
      adam: { weightDecay: 0.01 },
      clipNorm: 0.5,
      averageDecay: 0.9,
      ...options,
    },
  );
  const weights = [...example.namedVariables()].map(([name, variable]) => [
    name,
    [...variable.dataSync()],
  ]);
  return { weights, history, bestEpoch, steps, stopReason };
}
