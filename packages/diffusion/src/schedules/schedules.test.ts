import { DomainError, OptionError } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { goldenSchedule } from '../../test/golden.js';
import { schedules } from '../../test/schedules.js';
import {
  bridge,
  cosine,
  cosineBetas,
  fromBetas,
  learnedSchedule,
  linearBetas,
  linearLogSnr,
  rectifiedFlow,
  type Schedule,
  scaledLinearBetas,
  sigmoidal,
  subVariancePreserving,
  varianceExploding,
  variancePreserving,
  zeroTerminalSnr,
} from '../index.js';

describeGolden('t14_diffusion', ({ cases, tolerance }) => {
  const named = (start: string) => cases.filter(({ name }) => name.startsWith(start));

  onEachEngine(() => {
    it.each(named('schedule'))('$name', ({ params, input, output }) => {
      const schedule = goldenSchedule(params);
      const T = params.number('T');
      expect(schedule.steps).toBe(T);
      const index = input.tensor('t');
      const [s, t] = [tf.div(index, T), tf.div(tf.add(index, 1), T)];
      const [earlier, later] = [schedule.at(s), schedule.at(t)];
      const all = { ...tolerance, abs: 1e-30 };
      expect(later.alpha).toBeAllClose(output.vector('sqrt_alpha_bar'), all);
      expect(later.sigma).toBeAllClose(output.vector('sqrt_one_minus_alpha_bar'), all);
      expect(tf.square(earlier.alpha)).toBeAllClose(output.vector('alpha_bar_prev'), all);
      expect(schedule.logSnr(t)).toBeAllClose(output.vector('log_snr'), tolerance);
      // Levels that float32 holds to 3e-8 make a beta of some part 1 / T of sigma^2, whose digits the difference of two of them loses:
      // 1e-4 for T = 1000, in the file's own words. In double precision they are right to 1e-9, see the tests that run in it.
      const each = { ...all, rel: Math.max(tolerance.rel!, 1e-7 * T) };
      const got = bridge(earlier, later);
      expect(got.forwardVariance).toBeAllClose(output.vector('beta'), each);
      expect(got.variance).toBeAllClose(output.vector('posterior_variance'), each);
      expect(got.data).toBeAllClose(output.vector('posterior_mean_coef_x0'), each);
      expect(got.noisy).toBeAllClose(output.vector('posterior_mean_coef_xt'), each);
    });

    it.each(named('sde'))('$name', ({ name, params, input, output }) => {
      const number = (key: string) => params.number(key);
      const rates = () => ({ betaMin: number('beta_min'), betaMax: number('beta_max') });
      const schedule = {
        'sde VP': () => variancePreserving(rates()),
        'sde subVP': () => subVariancePreserving(rates()),
        'sde VE': () =>
          varianceExploding({ sigmaMin: number('sigma_min'), sigmaMax: number('sigma_max') }),
      }[name]!();
      const t = input.tensor('t');
      const all = { rel: 2e-6, abs: 1e-30 };
      const { alpha, sigma } = schedule.at(t);
      expect(alpha).toBeAllClose(output.vector('mean_coef'), all);
      expect(sigma).toBeAllClose(output.vector('std'), all);
      expect(tf.sqrt(schedule.diffusion(t))).toBeAllClose(output.vector('diffusion'), all);
      if (output.has('drift_coef'))
        expect(schedule.drift(t)).toBeAllClose(output.vector('drift_coef'), all);
    });

    it('vdm linear gamma', () => {
      const { params, input, output } = named('vdm linear gamma')[0]!;
      const [logSnrMax, logSnrMin] = [-params.number('gamma_min'), -params.number('gamma_max')];
      for (const schedule of [
        linearLogSnr({ logSnrMax, logSnrMin }),
        learnedSchedule({ logSnrMax, logSnrMin }),
      ]) {
        const t = input.tensor('t');
        const { alpha, sigma } = schedule.at(t);
        expect(schedule.logSnr(t)).toBeAllClose(output.vector('log_snr'), tolerance);
        expect(alpha).toBeAllClose(output.vector('alpha'), { rel: 5e-6 });
        expect(sigma).toBeAllClose(output.vector('sigma'), { rel: 5e-6 });
      }
    });
  });
});

/** alpha and sigma in double precision near the ends of what has no golden values. */
const closed: Record<string, [Schedule, (t: number) => readonly [number, number]]> = {
  'rectified flow': [rectifiedFlow(), (t) => [1 - t, t]],
  cosine: [
    cosine(),
    (t) => {
      const edge = Math.atan(Math.exp(-7.5));
      const angle = edge + (Math.PI / 2 - 2 * edge) * t;
      return [Math.cos(angle), Math.sin(angle)];
    },
  ],
  sigmoid: [
    sigmoidal({ logSnrMax: 50, logSnrMin: -50 }),
    (t) => {
      const s = (x: number) => 1 / (1 + Math.exp(-x));
      const share = (s(3) - s(-3 + 6 * t)) / (s(3) - s(-3));
      return [Math.sqrt(share), Math.sqrt(1 - share)];
    },
  ],
  'sigmoid of a temperature': [
    sigmoidal({ start: -1, end: 2, temperature: 0.5, logSnrMax: 50, logSnrMin: -50 }),
    (t) => {
      const s = (x: number) => 1 / (1 + Math.exp(-x));
      const share = (s(4) - s(-2 + 6 * t)) / (s(4) - s(-2));
      return [Math.sqrt(share), Math.sqrt(1 - share)];
    },
  ],
  'zero terminal SNR': [
    zeroTerminalSnr(fromBetas([0.9999])),
    (t) => {
      const [alpha, last] = [0.01 ** t, 0.01];
      const rescaled = (alpha - last) / (1 - last);
      return [rescaled, Math.sqrt(1 - rescaled ** 2)];
    },
  ],
};

describe('schedules', () => {
  onEachEngine(() => {
    it.each(Object.entries(closed))('keeps its digits at both ends: %s', (_, [schedule, of]) => {
      // Numbers that float32 holds.
      const times = [2 ** -12, 2 ** -10, 2 ** -6, 0.25, 0.5, 0.75, 1 - 2 ** -6, 1 - 2 ** -10];
      const { alpha, sigma } = schedule.at(tf.tensor1d(times));
      expect(alpha).toBeAllClose(
        times.map((t) => of(t)[0]),
        { rel: 3e-6, abs: 1e-8 },
      );
      expect(sigma).toBeAllClose(
        times.map((t) => of(t)[1]),
        { rel: 3e-6 },
      );
    });

    it.each(Object.entries(schedules))(
      'knows its ends, and leaves nothing behind: %s',
      (_, make) => {
        const schedule = make();
        const { alpha, sigma } = schedule.at(tf.tensor1d([0, 1]));
        const [a0, a1] = alpha.dataSync() as unknown as [number, number];
        const [s0, s1] = sigma.dataSync() as unknown as [number, number];
        expect(a0).toBeGreaterThan(0.99);
        expect(s0).toBeLessThan(0.13);
        expect(s0 === 0).toBe(schedule.startsClean);
        expect(a1 === 0).toBe(schedule.endsInNoise);
        expect(s1).toBeGreaterThan(0.85);
        // A number is a time like others.
        expect(schedule.at(tf.scalar(0.5)).alpha.shape).toEqual([]);
        expect(schedule.at(tf.tensor2d([[0.1], [0.2]])).sigma.shape).toEqual([2, 1]);
        const t = tf.tensor1d([0.3, 0.6]);
        expectNoLeak(() => schedule.at(t));
        expectNoLeak(() => schedule.slopes(t));
        expectNoLeak(() => schedule.logSnr(t));
        expectNoLeak(() => schedule.logSnrSlope(t));
        expectNoLeak(() => schedule.diffusion(t));
        expectNoLeak(() => schedule.priorScale());
        schedule.dispose();
      },
    );
  });

  it('of betas start and end where their sources have them', () => {
    const ends = (schedule: Schedule, T: number) => {
      const [s, t] = [tf.tensor1d([0, 1 - 1 / T]), tf.tensor1d([1 / T, 1])];
      return bridge(schedule.at(s), schedule.at(t)).forwardVariance;
    };
    const close = { rel: 1e-4 };
    expect(ends(linearBetas(), 1000)).toBeAllClose([1e-4, 0.02], close);
    expect(ends(linearBetas({ steps: 100 }), 100)).toBeAllClose([1e-3, 0.2], close);
    expect(ends(linearBetas({ steps: 20 }), 20)).toBeAllClose([5e-3, 0.5], close);
    expect(ends(scaledLinearBetas(), 1000)).toBeAllClose([0.00085, 0.012], close);
    expect(ends(scaledLinearBetas({ steps: 100 }), 100)).toBeAllClose([0.0085, 0.12], close);
  });

  it('of steps are lines of log alpha^2 between these', () => {
    const schedule = fromBetas([0.2, 0.6]);
    const alphaBar = (t: number) => schedule.at(tf.scalar(t)).alpha.dataSync()[0]! ** 2;
    expect(alphaBar(0.5)).toBeCloseTo(0.8, 6);
    expect(alphaBar(0.25)).toBeCloseTo(Math.sqrt(0.8), 6);
    expect(alphaBar(0.75)).toBeCloseTo(0.8 * Math.sqrt(0.4), 6);
    expect(alphaBar(1)).toBeCloseTo(0.32, 6);
    // Rates of each step, the end of it included.
    expect(schedule.diffusion(tf.tensor1d([0, 0.1, 0.5, 0.51, 1]))).toBeAllClose(
      [0.8, 0.8, 0.8, 0.4, 0.4].map((kept) => -2 * Math.log(kept)),
      { rel: 1e-5 },
    );
  });

  onEachEngine(() => {
    it('of steps have the rate of the step that ends where float32 holds no i / T', () => {
      // The next step's is up to a fifth more.
      const steps = 1000;
      const rates = linearBetas().diffusion(tf.div(tf.range(1, steps + 1), steps));
      const betas = Array.from({ length: steps }, (_, i) => 1e-4 + ((0.02 - 1e-4) * i) / 999);
      expect(rates).toBeAllClose(
        betas.map((beta) => -steps * Math.log1p(-beta)),
        { rel: 1e-5 },
      );
    });
  });

  it('of a range of log-SNR have it, whichever ends', () => {
    const ends = { logSnrMax: 9, logSnrMin: -4 };
    for (const make of [cosine, sigmoidal, linearLogSnr, learnedSchedule])
      expect(make(ends).logSnr(tf.tensor1d([0, 1])), make.name).toBeAllClose([9, -4], {
        abs: 1e-4,
      });
  });

  it.each<[string, Schedule, Schedule]>([
    ['cosine betas', cosineBetas(), cosineBetas({ steps: 1000, offset: 0.008, largest: 0.999 })],
    [
      'variance preserving',
      variancePreserving(),
      variancePreserving({ betaMin: 0.1, betaMax: 20 }),
    ],
    [
      'sub-variance preserving',
      subVariancePreserving(),
      subVariancePreserving({ betaMin: 0.1, betaMax: 20 }),
    ],
    [
      'variance exploding',
      varianceExploding(),
      varianceExploding({ sigmaMin: 0.01, sigmaMax: 50 }),
    ],
    ['cosine', cosine(), cosine({ logSnrMax: 15, logSnrMin: -15 })],
    [
      'sigmoid',
      sigmoidal(),
      sigmoidal({ start: -3, end: 3, temperature: 1, logSnrMax: 15, logSnrMin: -15 }),
    ],
    ['linear log-SNR', linearLogSnr(), linearLogSnr({ logSnrMax: 13.3, logSnrMin: -5 })],
    [
      'learned',
      learnedSchedule(),
      learnedSchedule({ bins: 8, logSnrMax: 13.3, logSnrMin: -5, learnEnds: false }),
    ],
  ])('have the options that are documented: %s', (_, schedule, same) => {
    const t = tf.tensor1d([0.1, 0.5, 0.999, 1]);
    expect(schedule.at(t).alpha).toBeAllClose(same.at(t).alpha, {});
    expect(schedule.at(t).sigma).toBeAllClose(same.at(t).sigma, {});
    const shapes = (schedule: Schedule) => schedule.parameters().map(({ shape }) => shape);
    expect(shapes(schedule)).toEqual(shapes(same));
  });

  it('without signal at the end have the steps of those they are made of', () => {
    expect(zeroTerminalSnr(linearBetas({ steps: 20 })).steps).toBe(20);
    expect(zeroTerminalSnr(variancePreserving()).steps).toBeUndefined();
  });

  it('of linear betas become the variance-preserving diffusion with more steps', () => {
    const t = tf.linspace(0.05, 1, 20);
    const gap = (steps: number) =>
      tf
        .max(tf.abs(tf.sub(linearBetas({ steps }).at(t).alpha, variancePreserving().at(t).alpha)))
        .dataSync()[0]!;
    expect(gap(1000)).toBeLessThan(3e-3);
    expect(gap(10_000)).toBeLessThan(3e-4);
  });

  it('that are learned have gradients in all that is learned, and start as a line', () => {
    const schedule = learnedSchedule({ learnEnds: true });
    expect([...schedule.namedParameters().keys()]).toEqual(['shape', 'last', 'logRange']);
    expect(learnedSchedule().parameters()).toHaveLength(1);
    const { grads } = tf.variableGrads(() =>
      tf.sum(schedule.at(tf.tensor1d([0.2, 0.7])).alpha).asScalar(),
    );
    for (const gradient of Object.values(grads))
      expect(tf.max(tf.abs(gradient)).dataSync()[0]!).toBeGreaterThan(1e-4);
  });

  it('refuse what makes none', () => {
    expect(() => fromBetas([])).toThrow(DomainError);
    expect(() => fromBetas([0.1, 1])).toThrow('every beta must be in (0, 1), got 1');
    expect(() => fromBetas([Number.NaN])).toThrow(DomainError);
    expect(() => linearBetas({ steps: 0 })).toThrow(DomainError);
    expect(() => linearBetas({ steps: 10, end: 1.5 })).toThrow(DomainError);
    expect(() => scaledLinearBetas({ step: 3 } as object)).toThrow(OptionError);
    expect(() => cosineBetas({ largest: 1 })).toThrow(DomainError);
    expect(() => cosineBetas({ offset: 0 })).toThrow(DomainError);
    expect(() => variancePreserving({ betaMin: 0 })).toThrow(DomainError);
    expect(() => subVariancePreserving({ beta: 1 } as object)).toThrow(OptionError);
    expect(() => varianceExploding({ sigmaMin: 2, sigmaMax: 1 })).toThrow(DomainError);
    expect(() => cosine({ logSnrMax: -1, logSnrMin: 1 })).toThrow(DomainError);
    expect(() => sigmoidal({ start: 2, end: 1 })).toThrow(DomainError);
    expect(() => sigmoidal({ temperature: 0 })).toThrow(DomainError);
    expect(() => linearLogSnr({ logSnrMax: Infinity })).toThrow(DomainError);
    expect(() => learnedSchedule({ bins: 1 })).toThrow(DomainError);
    expect(() => zeroTerminalSnr(varianceExploding())).toThrow('does not preserve variance');
    expect(() => zeroTerminalSnr(zeroTerminalSnr(cosine()))).toThrow('has none there already');
  });
});
