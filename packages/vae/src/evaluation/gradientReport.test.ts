import { conditional, DiagonalNormal, standardNormal } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { type Batch, DomainError, Key, Module, OptionError, parameter } from '@pushforward/tensors';
import { expectNoLeak, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { elbo, gaussian, gradientReport, iwae, type Objective, VAE } from '../index.js';

/** Of gradient mean(e) + (1, 2, 3), e of N(0, 1 / 4) for each number. */
class Noisy extends Module {
  readonly w = parameter(() => tf.zeros([3]));
  readonly unused = parameter(() => tf.zeros([2]));

  loss({ x }: Batch, key: Key): tf.Tensor {
    const noise = tf.mul(0.5, key.normal([3]));
    return tf.sum(tf.mul(this.w, tf.add(noise, x)));
  }
}

/** z ~ N(0, 1), x | z ~ N(w z, 1), w = 1; q(z | x) = N(x / 2 + shift, s^2), true for a shift of 0 and s^2 = 1/2. */
function model(objective: Objective, shift: number, variance: number): VAE {
  const [decoder, encoder] = [1, 0.5].map((slope) => {
    const linear = new Linear(Key.from(1), 1, 1, { initialiser: zeros, bias: zeros });
    linear.weight.assign(tf.tensor2d([[slope]]));
    return linear;
  }) as [Linear, Linear];
  encoder.bias!.assign(tf.tensor1d([shift]));
  return new VAE({
    prior: standardNormal([1]),
    likelihood: conditional(decoder, gaussian(1, { variance: 'fixed' })),
    posterior: conditional(encoder, (h) => new DiagonalNormal(h, Math.sqrt(variance))),
    objective,
  });
}

const x = () => Key.from(2).normal([4, 1]);

describe('gradientReport', () => {
  it.each([true, false])('tells signal and noise, compiled: %s', async (compile) => {
    const noisy = new Noisy();
    const report = await gradientReport(
      Key.from(1),
      noisy,
      { x: tf.tensor1d([1, 2, 3]) },
      { repeats: 2000, compile },
    );
    expect([...report.keys()]).toEqual(['w']);
    const { signal, noise } = report.get('w')!;
    // Standard errors are 0.011 and 0.008.
    expect(signal).toBeAllClose(Math.sqrt(14), { abs: 0.06 });
    expect(noise).toBeAllClose(0.5 * Math.sqrt(3), { abs: 0.04 });
    const short = { repeats: 3, compile: false };
    const one = tf.scalar(1);
    await expectNoLeak(() => gradientReport(Key.from(1), noisy, { x: one }, short));
  });

  it('has estimates of squares without bias, from few gradients too', async () => {
    const n = 4;
    const key = Key.from(1);
    const x = [0.6, -0.4, 0.5];
    const draws = Array.from({ length: n }, (_, i) => valuesOf(key.foldIn(i).normal([3])));
    let [square, variance] = [0, 0];
    for (const [j, shift] of x.entries()) {
      const g = draws.map((draw) => shift + 0.5 * draw[j]!);
      const mean = g.reduce((sum, each) => sum + each, 0) / n;
      square += mean ** 2;
      variance += g.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1);
    }
    const options = { repeats: n, compile: false };
    const report = await gradientReport(key, new Noisy(), { x: tf.tensor1d(x) }, options);
    expect(square).toBeGreaterThan(variance / n);
    expect(report.get('w')!.signal).toBeAllClose(Math.sqrt(square - variance / n), { rel: 1e-5 });
    expect(report.get('w')!.noise).toBeAllClose(Math.sqrt(variance), { rel: 1e-5 });
  });

  it('sees that path derivatives have no noise at the true posterior', async () => {
    const of = async (pathDerivative: boolean) => {
      const objective = elbo({ form: 'joint', pathDerivative });
      const report = await gradientReport(Key.from(3), model(objective, 0, 0.5), { x: x() });
      return report.get('posterior.network.weight')!;
    };
    const path = await of(true);
    expect(path.noise).toBeLessThan(1e-5);
    expect(path.signal).toBeLessThan(1e-5);
    expect((await of(false)).noise).toBeGreaterThan(0.1);
  });

  it('sees that tighter bounds say less to the posterior, unless doubly reparameterised', async () => {
    const ratios = async (draws: number, doublyReparameterised: boolean) => {
      const objective = iwae({ draws, doublyReparameterised });
      const options = { repeats: 1500 };
      const report = await gradientReport(
        Key.from(3),
        model(objective, 0.3, 0.6),
        { x: x() },
        options,
      );
      const ratio = (path: string) => {
        const { signal, noise } = report.get(path)!;
        return signal / noise;
      };
      return {
        model: ratio('likelihood.network.bias'),
        posterior: ratio('posterior.network.bias'),
      };
    };
    const [few, many] = [await ratios(2, false), await ratios(50, false)];
    // Square roots of 25 in the limit.
    expect(many.model / few.model).toBeGreaterThan(3);
    expect(many.posterior / few.posterior).toBeLessThan(1 / 2);
    const [fewTwice, manyTwice] = [await ratios(2, true), await ratios(50, true)];
    expect(manyTwice.posterior / fewTwice.posterior).toBeGreaterThan(3);
  });

  it('refuses options that make no sense', async () => {
    const noisy = new Noisy();
    const report = (options: object) => gradientReport(Key.from(1), noisy, { x: x() }, options);
    await expect(report({ repeats: 1 })).rejects.toThrow(DomainError);
    await expect(report({ draws: 3 })).rejects.toThrow(OptionError);
  });
});
