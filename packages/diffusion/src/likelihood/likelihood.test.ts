import { TimedMLP } from '@pushforward/nn';
import { type Batch, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { MixtureDenoiser } from '../../test/exact.js';
import { schedules } from '../../test/schedules.js';
import {
  cosine,
  type Denoiser,
  DenoisingObjective,
  decode,
  encode,
  gaussianDenoiser,
  linearBetas,
  lowerBound,
  networkDenoiser,
  probabilityFlow,
  variancePreserving,
  variational,
} from '../index.js';

describeGolden('t14_diffusion', ({ cases }) => {
  const named = cases.filter(({ name }) => name.startsWith('gaussian pf-ode'));
  onEachEngine(() => {
    it.each(named)('$name', ({ params, input, output }) => {
      const schedule = variancePreserving({
        betaMin: params.number('beta_min'),
        betaMax: params.number('beta_max'),
      });
      const denoiser = gaussianDenoiser(schedule, params.vector('mean'), params.matrix('cov'));
      const x = input.tensor('x0');
      // The file's own tolerance for log-likelihoods.
      const close = { abs: 1e-4, rel: 1e-4 };
      const law = probabilityFlow(denoiser, { rtol: 1e-5, atol: 1e-5 });
      expect(law.logProb(x)).toBeAllClose(output.vector('log_prob'), close);
      expect(encode(denoiser, x)).toBeAllClose(output.matrix('x_T'), close);
    });
  });
});

describe('probabilityFlow', () => {
  const x = tf.tensor2d([
    [0, 0],
    [1, -2],
    [-1.5, 0.3],
  ]);

  it.each(Object.entries(schedules))(
    'has the density of what it makes of noise, and leads there and back: %s',
    (_, make) => {
      const schedule = make();
      const earliest = 1e-3;
      const [mean, own] = [
        [0.5, -1],
        [1.5, 0.3],
      ] as const;
      const covariance = [
        [own[0], 0],
        [0, own[1]],
      ];
      const denoiser = gaussianDenoiser(schedule, mean, covariance);
      const law = probabilityFlow(denoiser, { earliest });
      // Numbers of variance a^2 s + v each keep how many deviations they are from their mean.
      const at = (t: number) => {
        const { alpha, sigma } = schedule.at(tf.scalar(t));
        const a = alpha.dataSync()[0]!;
        return { a, variance: own.map((s) => a * a * s + sigma.dataSync()[0]! ** 2) };
      };
      const [start, end] = [at(earliest), at(1)];
      const scale = schedule.priorScale().dataSync()[0]!;
      const ratio = end.variance.map((variance, i) => variance / start.variance[i]!);
      const z = x
        .arraySync()
        .map((row) =>
          row.map(
            (value, i) => end.a * mean[i]! + Math.sqrt(ratio[i]!) * (value - start.a * mean[i]!),
          ),
        );
      const expected = z.map((row) =>
        row.reduce((sum, z, i) => {
          const logPrior = -0.5 * (z / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI);
          return sum + logPrior + 0.5 * Math.log(ratio[i]!);
        }, 0),
      );
      expect(law.logProb(x)).toBeAllClose(expected, { abs: 1e-3 });
      const noise = encode(denoiser, x, { earliest, rtol: 1e-4, atol: 1e-4 });
      expect(noise).toBeAllClose(z, { abs: 1e-3 * scale, rel: 1e-3 });
      const data = decode(denoiser, tf.tensor2d(z), { earliest, rtol: 1e-4, atol: 1e-4 });
      expect(data).toBeAllClose(x, { abs: 3e-3 });
    },
  );

  describe('by random directions', () => {
    /** log p by the exact divergence, and by so many directions. */
    const lawsOf = (correlation: number, probes?: number) => {
      const covariance = [
        [0.1, 0.1 * correlation],
        [0.1 * correlation, 0.1],
      ];
      const denoiser = gaussianDenoiser(cosine(), [0, 0], covariance);
      const hutchinson = { key: Key.from(3), ...(probes && { probes }) };
      return [probabilityFlow(denoiser), probabilityFlow(denoiser, { hutchinson })].map(
        (law) => law.logProb(tf.tensor2d([[0.1, -0.2]])).dataSync()[0]!,
      ) as [number, number];
    };

    it('is exact by one where numbers do not mix', () => {
      const [exact, estimate] = lawsOf(0, 1);
      expect(estimate).toBeAllClose(exact, { abs: 2e-3 });
    });

    it('is without bias where they do', () => {
      // Numbers +-1 tell of a direction of two: a single estimate is off by c or -c, c what mixes, and the mean of K by c / sqrt(K).
      const [exact, one] = lawsOf(0.9, 1);
      const c = Math.abs(one - exact);
      expect(c).toBeGreaterThan(0.5);
      const [, many] = lawsOf(0.9, 400);
      expect(many).toBeAllClose(exact, { abs: (5 * c) / Math.sqrt(400) });
      expect(Math.abs(many - exact)).toBeGreaterThan(1e-4);
    });

    it('is by one direction unless it is told', () => {
      const [, own] = lawsOf(0.9);
      expect(own).toBe(lawsOf(0.9, 1)[1]);
      expect(own).not.toBe(lawsOf(0.9, 3)[1]);
    });
  });

  it('is a density, whose draws follow it, of an event of any shape', () => {
    const network = new TimedMLP(Key.from(1), {
      features: 1,
      context: 1,
      hidden: [16],
      lastScale: 1,
    });
    const denoiser = networkDenoiser(network, cosine(), { predicts: 'velocity' });
    const law = probabilityFlow(denoiser, { rtol: 1e-3, atol: 1e-3 });
    const context = tf.tensor2d([[0.7]]);
    const grid = tf.reshape(tf.linspace(-8, 8, 161), [161, 1]);
    const density = tf.exp(law.logProb(grid, context));
    expect(tf.mul(0.1, tf.sum(density))).toBeAllClose(1, { abs: 1e-2 });
    const draws = law.sample(Key.from(2), [500], tf.reshape(context, [1]));
    expect(draws.shape).toEqual([500, 1]);
    const mean = tf.mul(0.1, tf.sum(tf.mul(density, tf.squeeze(grid))));
    const second = tf.mul(0.1, tf.sum(tf.mul(density, tf.square(tf.squeeze(grid)))));
    // 500 draws: five standard errors of a deviation of some 1.
    expect(tf.mean(draws)).toBeAllClose(mean, { abs: 0.25 });
    expect(tf.mean(tf.square(draws))).toBeAllClose(second, { rel: 0.35 });
    const few = tf.slice(draws, 0, 3);
    expectNoLeak(() => law.logProb(few, context));
    expectNoLeak(() => law.sample(Key.from(3), [2], context));
  });

  it('draws by steps as long as it is told', () => {
    const denoiser = new MixtureDenoiser(cosine(), {
      means: [
        [-1, 0],
        [1, 0.5],
      ],
      weights: [0.4, 0.6],
      deviation: 0.3,
    });
    const askedBy = (tolerance: number) => {
      denoiser.asked = 0;
      probabilityFlow(denoiser, { rtol: tolerance, atol: tolerance }).sample(Key.from(1), [5]);
      return denoiser.asked;
    };
    expect(askedBy(1e-1)).toBeLessThan(0.5 * askedBy(1e-4));
  });

  it('refuses options that make no sense', () => {
    const denoiser = gaussianDenoiser(variancePreserving(), [0], [[1]]);
    expect(() => probabilityFlow(denoiser, { tolerance: 1 } as object)).toThrow(OptionError);
    expect(() => probabilityFlow(denoiser, { earliest: 1 })).toThrow('earliest must be in (0, 1)');
    expect(() =>
      probabilityFlow(denoiser, { hutchinson: { key: Key.from(1), probes: 0 } }),
    ).toThrow('probes');
    expect(() => probabilityFlow(denoiser).logProb(tf.zeros([2, 3]))).toThrow(ShapeError);
  });
});

describe('lowerBound', () => {
  const schedule = linearBetas({ steps: 10, start: 0.01, end: 0.6 });
  const denoiser = gaussianDenoiser(schedule, [0], [[1]]);
  const x = tf.tensor2d([[0.3], [-1], [2]]);

  it('is the mean of the objective over draws, compiled or not, in pieces of any size', async () => {
    const objective = variational({ terms: 'all', variance: 'learned' });
    const options = { objective, draws: 50 };
    const results = await Promise.all([
      lowerBound(Key.from(1), denoiser, x, { ...options, compile: false }),
      lowerBound(Key.from(1), denoiser, x, options),
      lowerBound(Key.from(2), denoiser, x, { ...options, rowsAtOnce: 2 }),
    ]);
    expect(results[1]).toBeAllClose(results[0], { abs: 1e-4 });
    // The chain is exact, so that the bound of each row is off by noise alone.
    const exact = tf.sub(-0.5 * Math.log(2 * Math.PI), tf.mul(0.5, tf.square(tf.squeeze(x))));
    expect(results[0]).toBeAllClose(exact, { abs: 0.5 });
    expect(results[2]).toBeAllClose(exact, { abs: 0.5 });
  });

  it('shows each row its own context', async () => {
    class OfContext extends DenoisingObjective {
      protected override estimate(_denoiser: Denoiser, { context }: Batch): Tensor {
        return tf.squeeze(context!, [1]);
      }
    }
    const network = new TimedMLP(Key.from(1), { features: 1, context: 1, hidden: [4] });
    const bound = await lowerBound(Key.from(1), networkDenoiser(network, schedule), x, {
      ...{ objective: new OfContext(), draws: 2, rowsAtOnce: 2, compile: false },
      context: tf.tensor2d([[1], [2], [3]]),
    });
    expect(bound).toBeAllClose([-1, -2, -3], { abs: 1e-6 });
  });

  it('has other noise for each draw and each piece', async () => {
    const twice = tf.tensor2d([[0.3], [0.3]]);
    const options = { rowsAtOnce: 1, compile: false };
    const one = await lowerBound(Key.from(1), denoiser, twice, { ...options, draws: 1 });
    const [first, second] = one.dataSync() as unknown as [number, number];
    expect(Math.abs(first - second)).toBeGreaterThan(1e-3);
    const two = await lowerBound(Key.from(1), denoiser, twice, { ...options, draws: 2 });
    expect(Math.abs(two.dataSync()[0]! - first)).toBeGreaterThan(1e-3);
  });

  it('takes the mean of a hundred draws unless it is told', async () => {
    const told = await lowerBound(Key.from(1), denoiser, x, { draws: 100, rowsAtOnce: 100 });
    expect(await lowerBound(Key.from(1), denoiser, x)).toBeAllClose(told, {});
  });

  it('keeps nothing, whether it ends well or not', async () => {
    await expectNoLeak(() => lowerBound(Key.from(1), denoiser, x, { draws: 2, rowsAtOnce: 2 }));
    const before = tf.memory().numTensors;
    const options = { objective: variational({ start: 0.1 }), draws: 1, compile: false };
    await expect(lowerBound(Key.from(1), denoiser, x, options)).rejects.toThrow(OptionError);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what has no rows or options', async () => {
    await expect(lowerBound(Key.from(1), denoiser, tf.tensor1d([1]))).rejects.toThrow(ShapeError);
    const network = new TimedMLP(Key.from(1), { features: 1, context: 1, hidden: [4] });
    const conditional = networkDenoiser(network, schedule);
    for (const context of [tf.zeros([2, 1]), tf.zeros([1])])
      await expect(lowerBound(Key.from(1), conditional, x, { context })).rejects.toThrow(
        'a context for each of 3 rows',
      );
    await expect(lowerBound(Key.from(1), denoiser, x, { draws: 0 })).rejects.toThrow('draws');
    await expect(lowerBound(Key.from(1), denoiser, x, { step: 3 } as object)).rejects.toThrow(
      OptionError,
    );
  });
});
