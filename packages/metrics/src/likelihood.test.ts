import {
  conditional,
  Distribution,
  Normal,
  standardNormal,
  Uniform,
} from '@pushforward/distributions';
import {
  DataError,
  DomainError,
  Key,
  Module,
  OptionError,
  ShapeError,
  type Tensor,
  TrainingError,
} from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { meanLogLikelihood } from './index.js';

describe('meanLogLikelihood', () => {
  onEachEngine(() => {
    it('is minus the entropy for draws of the law itself', async () => {
      const law = standardNormal([3]);
      const { mean, standardError } = await meanLogLikelihood(law, law.sample(Key.from(1), [4000]));
      // log p has the variance D/2 of half a chi-squared law.
      expect(standardError).toBeAllClose(Math.sqrt(1.5 / 4000), { rel: 0.1 });
      // 6.11 standard errors: a false alarm in 1e9.
      expect(Math.abs(mean + 1.5 * Math.log(2 * Math.PI * Math.E))).toBeLessThan(
        6.11 * standardError,
      );
    });

    it('does not depend on the size of the batches', async () => {
      const law = standardNormal([2]);
      const x = law.sample(Key.from(2), [103]);
      const whole = await meanLogLikelihood(law, x, { batchSize: 1000 });
      for (const batchSize of [1, 10, 103]) {
        const { mean, standardError } = await meanLogLikelihood(law, x, { batchSize });
        expect(mean).toBeAllClose(whole.mean, { rel: 1e-6 });
        expect(standardError).toBeAllClose(whole.standardError, { rel: 1e-6 });
      }
    });
  });

  it('adds up in double precision', async () => {
    // In float32 the sum of 10^5 numbers near 10^4 is off by several units.
    const n = 100_000;
    const values = Float32Array.from({ length: n }, (_, i) => -10_000 + (i % 7) / 1024);
    const { mean, standardError } = await meanLogLikelihood(new Table(), tf.tensor1d(values));
    const exact = values.reduce((sum, value) => sum + value, 0) / n;
    expect(mean).toBeAllClose(exact, { rel: 1e-12 });
    // The remainders 0 .. 6 have variance 4.
    expect(standardError).toBeAllClose(2 / 1024 / Math.sqrt(n), { rel: 1e-4 });
  });

  it('estimates the spread of few rows without bias', async () => {
    // Of 1, 2, 4 the variance, divided by n - 1, is 7/3.
    const { mean, standardError } = await meanLogLikelihood(new Table(), tf.tensor1d([1, 2, 4]));
    expect([mean, standardError]).toBeAllClose([7 / 3, Math.sqrt(7 / 9)], { rel: 1e-12 });
  });

  it('shows each row its own context', async () => {
    const law = conditional(new Identity(), (h) => new Normal(tf.squeeze(h, [-1]), 1));
    const context = tf.tensor2d([[0], [5], [-5], [1]]);
    const { mean, standardError } = await meanLogLikelihood(law, tf.squeeze(context, [1]), {
      context,
      batchSize: 3,
    });
    expect(mean).toBeAllClose(-0.5 * Math.log(2 * Math.PI), { rel: 1e-6 });
    expect(standardError).toBeLessThan(1e-6);
  });

  it('is -Infinity where a row is outside the support', async () => {
    const x = tf.tensor1d([0.5, 2, 0.1]);
    expect(await meanLogLikelihood(new Uniform(0, 1), x)).toEqual({
      mean: -Infinity,
      standardError: Infinity,
    });
  });

  it('does not tell an error from a single row', async () => {
    const { standardError } = await meanLogLikelihood(standardNormal([]), tf.tensor1d([0]));
    expect(standardError).toBe(Infinity);
  });

  it('refuses NaN, and says whose it is', async () => {
    const x = tf.tensor1d([0, 1, NaN]);
    await expect(meanLogLikelihood(standardNormal([]), x)).rejects.toThrow(
      new DataError('meanLogLikelihood: row 2 holds a NaN; remove or fill it.'),
    );
    const broken = new Normal(tf.scalar(NaN), 1);
    await expect(meanLogLikelihood(broken, tf.zeros([3]))).rejects.toThrow(TrainingError);
  });

  it('refuses wrong shapes and options', async () => {
    const law = standardNormal([2]);
    await expect(meanLogLikelihood(law, tf.zeros([2]))).rejects.toThrow(ShapeError);
    await expect(meanLogLikelihood(law, tf.zeros([0, 2]))).rejects.toThrow(ShapeError);
    await expect(
      meanLogLikelihood(law, tf.zeros([3, 2]), { context: tf.zeros([2, 1]) }),
    ).rejects.toThrow(ShapeError);
    await expect(meanLogLikelihood(law, tf.zeros([3, 2]), { batchSize: 0 })).rejects.toThrow(
      DomainError,
    );
    const unknown = { size: 3 } as object;
    await expect(meanLogLikelihood(law, tf.zeros([3, 2]), unknown)).rejects.toThrow(OptionError);
  });

  it('leaves no tensor behind', async () => {
    const law = standardNormal([2]);
    const x = law.sample(Key.from(3), [20]);
    await expectNoLeak(() => meanLogLikelihood(law, x, { batchSize: 7 }).then(() => undefined));
  });
});

/** A law whose log-density is x itself. */
class Table extends Distribution {
  override readonly eventShape = [];

  override logProb(x: Tensor): Tensor {
    return tf.clone(x);
  }

  override sample(): Tensor {
    return tf.scalar(0);
  }
}

class Identity extends Module {
  readonly inputs = 1;
  readonly outputs = 1;

  apply(x: Tensor): Tensor {
    return x;
  }
}
