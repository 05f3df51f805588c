import { gaussLegendre, Key, useEngine } from '@pushforward/tensors';
import { describeGolden, type GoldenCase, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { diagonal, expected, expectedSteps, seenOf, total } from '../../test/expectations.js';
import { Affine, goldenSchedule } from '../../test/golden.js';
import type { Normal } from '../../test/moments.js';
import { schedules } from '../../test/schedules.js';
import {
  Denoised,
  type Denoiser,
  gaussianDenoiser,
  linearLogSnr,
  networkDenoiser,
  variational,
} from '../index.js';
import { stepBound } from './stepBound.js';
import { diffusionTerm, priorTerm, throughNoise } from './terms.js';

function lawOf({ params }: GoldenCase): Normal {
  return { mean: params.vector('mean'), covariance: params.matrix('cov') };
}

describeGolden('t14_diffusion', ({ cases, tolerance }) => {
  const named = (start: string) => cases.filter(({ name }) => name.startsWith(start));

  onEachEngine(() => {
    it.each(named('ddpm toy'))('$name', ({ params, input, output }) => {
      const T = params.number('T');
      const denoiser = networkDenoiser(new Affine(params), goldenSchedule(params));
      const index = input.vector('t');
      const t = tf.div(tf.add(index, 1), T);
      const eps = input.tensor('eps');
      const x = tf.broadcastTo(input.tensor('x0'), eps.shape);
      const seen = seenOf(denoiser, x, eps, t);
      const small = stepBound(seen, { count: T, variance: 'posterior' }).dataSync();
      const large = stepBound(seen, { count: T, variance: 'beta' }).dataSync();
      for (const [row, i] of index.entries()) {
        if (i === 0) {
          // This eps, and the golden one: -log p(x0 | x_1) of this x_1.
          expect(small[row]!).toBeCloseTo(large[row]!, 5);
          continue;
        }
        expect(small[row]!).toBeAllClose(output.vector('L_t_small')[row]!, { rel: 2e-4 });
        expect(large[row]!).toBeAllClose(output.vector('L_t_large')[row]!, {
          rel: 2e-4,
          abs: 2e-6,
        });
      }
      const squares = tf.sum(seen.denoised.squaredErrors('noise', x, eps), -1);
      expect(squares).toBeAllClose(output.vector('loss_simple'), tolerance);
      const prior = priorTerm(denoiser, input.tensor('x0'));
      expect(prior).toBeAllClose(output.number('L_T'), { abs: 2e-7, rel: 1e-4 });
      const first = index.indexOf(0);
      if (first >= 0)
        expect(small[first]!).toBeAllClose(output.number('nll_0'), { abs: 2e-4, rel: 1e-4 });
    });

    it.each(named('gaussian ddpm'))('$name', (example) => {
      const { params, output } = example;
      const T = params.number('T');
      const law = lawOf(example);
      const denoiser = gaussianDenoiser(goldenSchedule(params), law.mean, law.covariance);
      const L = expectedSteps(denoiser, law, T, 'posterior');
      expect(L[0]!).toBeAllClose(output.number('L_0'), { rel: 1e-4, abs: 1e-4 });
      expect(L.slice(1)).toBeAllClose(output.vector('L_t'), { rel: 1e-4, abs: 2e-6 });
      const prior = expected(law, (x) => priorTerm(denoiser, x));
      expect(prior).toBeAllClose(output.number('L_T'), { rel: 1e-4, abs: 2e-7 });
      expect(-prior - total(L)).toBeAllClose(output.number('elbo'), { rel: 1e-4, abs: 1e-4 });
    });

    it.each(named('gaussian ddpm'))('$name: below log p of the chain at every x', (example) => {
      const { params, input, output } = example;
      const law = lawOf(example);
      const denoiser = gaussianDenoiser(goldenSchedule(params), law.mean, law.covariance);
      const points = input.matrix('x0').slice(0, 3);
      const gaps = points.map((mean, i) => {
        // As good as a point.
        const point: Normal = { mean, covariance: diagonal(mean.map(() => 1e-12)) };
        const steps = expectedSteps(denoiser, point, params.number('T'), 'posterior');
        const bound = -expected(point, (x) => priorTerm(denoiser, x)) - total(steps);
        return output.vector('log_lik')[i]! - bound;
      });
      // What is left is the divergence of the chain from its posterior.
      expect(Math.min(...gaps)).toBeGreaterThan(-1e-3);
      expect(Math.max(...gaps)).toBeGreaterThan(1e-2);
    });

    it('vdm linear gamma', () => {
      const { params, input, output } = named('vdm linear gamma')[0]!;
      const [logSnrMax, logSnrMin] = [-params.number('gamma_min'), -params.number('gamma_max')];
      const schedule = linearLogSnr({ logSnrMax, logSnrMin });
      const [eps, t] = [input.tensor('eps'), input.tensor('t')];
      const x = tf.broadcastTo(input.tensor('x'), eps.shape);
      const nothing = gaussianDenoiser(schedule, [0, 0, 0, 0], diagonal([1, 1, 1, 1]));
      const seen = seenOf(nothing, x, eps, t);
      expect(seen.denoised.noisy).toBeAllClose(output.matrix('z_t'), tolerance);
      const { noisy, place } = seen.denoised;
      const denoised = new Denoised(noisy, place, 'noise', input.tensor('eps_hat'));
      const told = { ...seen, denoised };
      expect(diffusionTerm(told)).toBeAllClose(output.vector('loss_continuous'), { rel: 2e-5 });
      const T = params.number('T');
      expect(tf.mul(T, stepBound(told, { count: T, variance: 'posterior' }))).toBeAllClose(
        output.vector('loss_discrete'),
        { rel: 5e-5 },
      );
      expect(priorTerm(nothing, input.tensor('x'))).toBeAllClose(output.number('kl_prior'), {
        rel: 1e-4,
        abs: 1e-6,
      });
    });

    it.each(named('gaussian vdm'))('$name', (example) => {
      const { params, output } = example;
      const [logSnrMax, logSnrMin] = [-params.number('gamma_min'), -params.number('gamma_max')];
      const law = lawOf(example);
      const schedule = linearLogSnr({ logSnrMax, logSnrMin });
      const denoiser = gaussianDenoiser(schedule, law.mean, law.covariance);
      const { nodes, weights } = gaussLegendre(40);
      const terms = nodes.map((node, i) => {
        const value = expected(law, (x, eps) =>
          diffusionTerm(seenOf(denoiser, x, eps, tf.fill([x.shape[0]], (node + 1) / 2))),
        );
        return 0.5 * weights[i]! * value;
      });
      expect(total(terms)).toBeAllClose(output.number('diffusion_loss'), { rel: 1e-4 });
      const prior = expected(law, (x) => priorTerm(denoiser, x));
      expect(prior).toBeAllClose(output.number('kl_prior'), { rel: 1e-4, abs: 1e-6 });
    });
  });
});

describe('random terms', () => {
  beforeAll(async () => {
    await useEngine('wasm');
  });

  const law: Normal = { mean: [0.4, -1], covariance: diagonal([1.6, 0.3]) };
  const x = tf.add(
    tf.mul(Key.from(1).normal([4000, 2]), [Math.sqrt(1.6), Math.sqrt(0.3)]),
    law.mean,
  );

  /** How many of its standard errors the mean over keys is from a number; with a probability of 1e-6 more than 5. */
  function deviations(
    objective: ReturnType<typeof variational>,
    denoiser: Denoiser,
    exact: number,
  ) {
    const means = Array.from(
      { length: 25 },
      (_, i) => objective.loss(denoiser, { x }, Key.from(100 + i)).dataSync()[0]!,
    );
    const mean = means.reduce((a, b) => a + b) / means.length;
    const variance = means.reduce((sum, m) => sum + (m - mean) ** 2, 0) / (means.length - 1);
    return (mean - exact) / Math.sqrt(variance / means.length);
  }

  it.each(['linear betas', 'linear log-SNR', 'rectified flow', 'variance exploding'])(
    'have the mean of all: %s',
    (name) => {
      const schedule = schedules[name]!();
      const denoiser = gaussianDenoiser(schedule, law.mean, law.covariance);
      const all = variational({ steps: 20, terms: 'all' }).loss(denoiser, { x }, Key.from(5));
      // 20 terms of 4000 rows: an error far below that of one term.
      const one = deviations(variational({ steps: 20 }), denoiser, all.dataSync()[0]!);
      expect(Math.abs(one)).toBeLessThan(5);
    },
  );

  it.each(['linear log-SNR', 'cosine', 'rectified flow', 'variance preserving'])(
    'have the mean of the integral: %s',
    (name) => {
      const schedule = schedules[name]!();
      const denoiser = gaussianDenoiser(schedule, law.mean, law.covariance);
      const start = schedule.startsClean ? 0.1 : 0.2;
      const own = [0, 1].map((i) => tf.moments(tf.slice(x, [0, i], [-1, 1])));
      // Closed form for the rows at hand: 1/2 int -SNR' tr Var, with their own second moments.
      const snr = (t: number) => Math.exp(schedule.logSnr(tf.scalar(t)).dataSync()[0]!);
      const [high, low] = [snr(start), schedule.endsInNoise ? 0 : snr(1)];
      const total = law.covariance.map((row, i) => {
        const s = row[i]!;
        const second =
          own[i]!.variance.dataSync()[0]! + (own[i]!.mean.dataSync()[0]! - law.mean[i]!) ** 2;
        // |x - E|^2 = (x - m)^2 / (1 + s v)^2 + s^2 v / (1 + s v)^2 at SNR v.
        const ofNoise =
          Math.log((1 + s * high) / (1 + s * low)) + 1 / (1 + s * high) - 1 / (1 + s * low);
        const ofData = (second / s) * (1 / (1 + s * low) - 1 / (1 + s * high));
        return 0.5 * (ofNoise + ofData);
      });
      // E[-log N(x; x_t / alpha, sigma^2 / alpha^2 I)] of two numbers.
      const seen = 1 + Math.log(2 * Math.PI) - Math.log(high);
      expect(throughNoise(denoiser, start)).toBeAllClose(seen, { abs: 1e-4 });
      const prior = tf.mean(priorTerm(denoiser, x)).dataSync()[0]!;
      const exact = prior + seen + total[0]! + total[1]!;
      const objective = variational({ steps: Infinity, start });
      expect(Math.abs(deviations(objective, denoiser, exact))).toBeLessThan(5);
    },
  );
});
