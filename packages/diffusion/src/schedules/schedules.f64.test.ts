import '@pushforward/testing/float64';
import type { Tensor } from '@pushforward/tensors';
import { describeGolden } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { goldenSchedule } from '../../test/golden.js';
import { schedules } from '../../test/schedules.js';
import { bridge } from './bridge.js';

/** Inside, and on no grid of the schedules. */
const times = tf.tensor1d([0.013, 0.1037, 0.311, 0.5123, 0.777, 0.93, 0.987]);
const STEP = 1e-6;

/** df/dt by central differences. */
function derivative(f: (t: Tensor) => Tensor): Tensor {
  const [after, before] = [STEP, -STEP].map((h) => f(tf.add(times, h)));
  return tf.div(tf.sub(after!, before!), 2 * STEP);
}

describeGolden('t14_diffusion', ({ cases }) => {
  it.each(cases.filter(({ name }) => name.startsWith('schedule')))(
    '$name: betas and coefficients to all their digits',
    ({ params, input, output }) => {
      const schedule = goldenSchedule(params);
      const T = params.number('T');
      const index = input.tensor('t');
      const earlier = schedule.at(tf.div(index, T));
      const later = schedule.at(tf.div(tf.add(index, 1), T));
      const got = bridge(earlier, later);
      const close = { rel: 1e-9, abs: 1e-15 };
      expect(later.alpha).toBeAllClose(output.vector('sqrt_alpha_bar'), close);
      expect(later.sigma).toBeAllClose(output.vector('sqrt_one_minus_alpha_bar'), close);
      expect(got.forwardVariance).toBeAllClose(output.vector('beta'), close);
      expect(got.variance).toBeAllClose(output.vector('posterior_variance'), close);
      expect(got.data).toBeAllClose(output.vector('posterior_mean_coef_x0'), close);
      expect(got.noisy).toBeAllClose(output.vector('posterior_mean_coef_xt'), close);
    },
  );
});

describe.each(Object.entries(schedules))('%s', (_, make) => {
  const schedule = make();
  const { alpha, sigma } = schedule.at(times);
  const close = { abs: 1e-6, rel: 1e-6 };

  it('has the slopes that differences have', () => {
    const slopes = schedule.slopes(times);
    expect(slopes.alpha).toBeAllClose(
      derivative((t) => schedule.at(t).alpha),
      close,
    );
    expect(slopes.variance).toBeAllClose(
      derivative((t) => tf.square(schedule.at(t).sigma)),
      close,
    );
    expect(schedule.logSnrSlope(times)).toBeAllClose(
      derivative((t) => schedule.logSnr(t)),
      close,
    );
  });

  it('has the log-SNR of its levels, which falls', () => {
    const logSnr = schedule.logSnr(times);
    expect(logSnr).toBeAllClose(tf.log(tf.square(tf.div(alpha, sigma))), { abs: 1e-12, rel: 1e-9 });
    const grid = schedule.logSnr(tf.linspace(0.001, 0.999, 200)).dataSync();
    expect([...grid].slice(1).every((value, i) => value < grid[i]!)).toBe(true);
  });

  it('preserves variance where it says so', () => {
    const total = tf.add(tf.square(alpha), tf.square(sigma));
    if (schedule.preservesVariance) expect(total).toBeAllClose(tf.onesLike(total), { abs: 1e-12 });
    else expect(tf.max(tf.abs(tf.sub(total, 1))).dataSync()[0]!).toBeGreaterThan(0.01);
    const end = schedule.at(tf.scalar(1));
    expect(schedule.priorScale()).toBeAllClose(
      Math.hypot(end.alpha.dataSync()[0]!, end.sigma.dataSync()[0]!),
      { abs: 1e-12 },
    );
    expect(schedule.endsInNoise).toBe(end.alpha.dataSync()[0]! < 1e-15);
  });

  it('is the diffusion dx = f x dt + g dw: the moments of a small step are those of its levels', () => {
    // alpha' = f alpha and (sigma^2)' = 2 f sigma^2 + g^2.
    const [f, g2] = [schedule.drift(times), schedule.diffusion(times)];
    expect(tf.mul(f, alpha)).toBeAllClose(
      derivative((t) => schedule.at(t).alpha),
      close,
    );
    expect(tf.add(tf.mul(tf.mul(2, f), tf.square(sigma)), g2)).toBeAllClose(
      derivative((t) => tf.square(schedule.at(t).sigma)),
      close,
    );
    expect(tf.min(g2).dataSync()[0]!).toBeGreaterThan(0);
  });

  it('has bridges that are the law of x_s given x_t and x', () => {
    const [s, t] = [tf.tensor1d([0.05, 0.2, 0.4]), tf.tensor1d([0.1, 0.6, 0.99])];
    const [earlier, later] = [schedule.at(s), schedule.at(t)];
    const got = bridge(earlier, later);
    // Bayes' rule for precisions: 1 / sigma_s^2 from x, a^2 / v from x_t = a x_s + sqrt(v) eps.
    const a = tf.div(later.alpha, earlier.alpha);
    const v = tf.sub(tf.square(later.sigma), tf.mul(tf.square(a), tf.square(earlier.sigma)));
    const fromData = tf.reciprocal(tf.square(earlier.sigma));
    const variance = tf.reciprocal(tf.add(fromData, tf.div(tf.square(a), v)));
    expect(got.forwardVariance).toBeAllClose(v, { rel: 1e-9 });
    expect(got.variance).toBeAllClose(variance, { rel: 1e-9 });
    expect(got.data).toBeAllClose(tf.mul(variance, tf.mul(fromData, earlier.alpha)), { rel: 1e-9 });
    expect(got.noisy).toBeAllClose(tf.mul(variance, tf.div(a, v)), { rel: 1e-9 });
  });
});
