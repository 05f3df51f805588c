import { TimedMLP, TimedNetwork } from '@pushforward/nn';
import { Key, parameter, type Tensor } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { schedules } from '../../test/schedules.js';
import {
  type Denoiser,
  type DenoisingObjective,
  denoisingScoreMatching,
  flowMatching,
  fromBetas,
  hybridLoss,
  linearBetas,
  linearLogSnr,
  minSnr,
  networkDenoiser,
  p2,
  rectifiedFlow,
  type Schedule,
  simple,
  variancePreserving,
  variational,
} from '../index.js';
import { gridTimes, times } from './noised.js';
import { priorTerm, signalLoss, throughNoise } from './terms.js';

const key = Key.from(5);
const x = Key.from(1).normal([6, 2]);
const rows = (objective: DenoisingObjective, denoiser: Denoiser) =>
  objective.rowLosses(denoiser, { x }, key);

function denoiserOf(schedule: Schedule, outputs = 2): Denoiser {
  const network = new TimedMLP(Key.from(2), { features: 2, hidden: [8], outputs, lastScale: 1 });
  return networkDenoiser(network, schedule, { predicts: 'velocity' });
}

/** A prediction and a variance that are weights. */
class Told extends TimedNetwork {
  override readonly eventShape = [2];
  override readonly outputShape = [4];
  readonly mean = parameter(() => tf.tensor1d([0.3, -0.2]));
  readonly spread = parameter(() => tf.tensor1d([0.1, -0.4]));

  override apply(x: Tensor): Tensor {
    const output = tf.concat([this.mean, this.spread]);
    return tf.add(tf.zeros([x.shape[0], 4]), output);
  }
}

onEachEngine(() => {
  it('weights are those of their sources', () => {
    const schedule = linearLogSnr({ logSnrMax: 4, logSnrMin: -4 });
    const t = tf.tensor1d([0.05, 0.3, 0.5, 0.95]);
    const snr = Array.from(schedule.logSnr(t).dataSync(), Math.exp);
    const close = { rel: 1e-5 };
    expect(minSnr(3)(schedule, t)).toBeAllClose(
      snr.map((snr) => Math.min(snr, 3) / snr),
      close,
    );
    expect(p2({ k: 2, gamma: 0.5 })(schedule, t)).toBeAllClose(
      snr.map((snr) => (2 + snr) ** -0.5),
      close,
    );
    expect(p2({ gamma: 0 })(schedule, t)).toBeAllClose([1, 1, 1, 1], close);
    // Without options.
    expect(minSnr()(schedule, t)).toBeAllClose(minSnr(5)(schedule, t), {});
    expect(p2()(schedule, t)).toBeAllClose(p2({ k: 1, gamma: 1 })(schedule, t), {});
  });

  it('times are spread evenly over the rows, from any draw', () => {
    for (const seed of [1, 2, 3]) {
      const steps = [...gridTimes(Key.from(seed), [2, 5], 10).dataSync()].sort((a, b) => a - b);
      expect(steps).toBeAllClose([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], { abs: 1e-6 });
      const sorted = [...times(Key.from(seed), [4], 0.2).dataSync()].sort((a, b) => a - b);
      expect(sorted[0]!).toBeGreaterThan(0.2);
      expect(sorted[3]!).toBeLessThanOrEqual(1);
      const gaps = sorted.slice(1).map((t, i) => t - sorted[i]!);
      expect(gaps).toBeAllClose([0.2, 0.2, 0.2], { abs: 1e-6 });
    }
  });

  it('times leave out where there is no noise', () => {
    class Least extends Key {
      constructor() {
        super(0, 0);
      }

      override uniform(shape: readonly number[]): Tensor {
        return tf.zeros([...shape]);
      }
    }
    const least = new Least();
    expect(times(least, [4], 0)).toBeAllClose([1, 0.75, 0.5, 0.25], { abs: 1e-6 });
    expect(gridTimes(least, [4], 2)).toBeAllClose([0.5, 0.5, 1, 1], { abs: 1e-6 });
  });

  it('weights count, each at the time of its row', () => {
    // All rows are at t = 1.
    const denoiser = denoiserOf(fromBetas([0.4]));
    const weighted = rows(simple({ weight: p2() }), denoiser);
    // 1 / (1 + 0.6 / 0.4)
    expect(weighted).toBeAllClose(tf.mul(0.4, rows(simple(), denoiser)), { rel: 1e-5 });
  });

  it.each([
    ['from some noise', linearLogSnr(), 0],
    ['from none', variancePreserving(), 1e-3],
    ['to nothing but noise', rectifiedFlow(), 1e-3],
  ])(
    'score matching with the variance is the simple loss, with g^2 / 2 the bound but for constants: %s',
    (_, schedule, start) => {
      const denoiser = denoiserOf(schedule);
      const close = { rel: 1e-4, abs: 1e-4 };
      const variance = rows(denoisingScoreMatching(), denoiser);
      expect(variance).toBeAllClose(rows(simple(), denoiser), close);
      const bound = rows(variational({ steps: Infinity }), denoiser);
      const constants = tf.add(priorTerm(denoiser, x), throughNoise(denoiser, start));
      // The bound is an integral from the start on, the other a mean.
      const mean = rows(denoisingScoreMatching({ weight: 'likelihood' }), denoiser);
      expect(tf.mul(1 - start, mean)).toBeAllClose(tf.sub(bound, constants), {
        rel: 1e-3,
        abs: 1e-3,
      });
    },
  );

  it('score matching is E[w |score + eps / sigma|^2]', () => {
    // One step: all rows are at t = 1. Nothing is told: a velocity of 0 is eps = sigma x_t.
    const network = new TimedMLP(Key.from(2), { features: 2, hidden: [4] });
    const denoiser = networkDenoiser(network, fromBetas([0.4]), { predicts: 'velocity' });
    const point = tf.tile(tf.tensor2d([[0.5, -1]]), [4000, 1]);
    const lossBy = (weight: 'variance' | 'likelihood') =>
      denoisingScoreMatching({ weight }).loss(denoiser, { x: point }, key);
    // |eps - sigma (alpha x + sigma eps)|^2 = |alpha^2 eps - alpha sigma x|^2 with alpha^2 = 0.6: mean a^4 D + a^2 s^2 |x|^2.
    const exact = 0.36 * 2 + 0.24 * 1.25;
    const error = 5 * Math.sqrt((2 * 2 * 0.36 ** 2 + 4 * 0.36 * 0.24 * 1.25) / 4000);
    expect(lossBy('variance')).toBeAllClose(exact, { abs: error });
    // g^2 = -log 0.6 of one step of length 1, and sigma^2 = 0.4.
    const factor = -Math.log(0.6) / 2 / 0.4;
    expect(lossBy('likelihood')).toBeAllClose(factor * exact, { abs: factor * error });
  });

  it.each(Object.entries(schedules))('losses have a value on every schedule: %s', (_, make) => {
    const schedule = make();
    const denoiser = denoiserOf(schedule);
    for (const [name, objective] of Object.entries({
      simple: simple(),
      'min-SNR': simple({ weight: minSnr() }),
      P2: simple({ weight: p2() }),
      variance: denoisingScoreMatching(),
      likelihood: denoisingScoreMatching({ weight: 'likelihood' }),
      flow: flowMatching(),
      bound: variational(),
      'bound of steps': variational({ steps: 3, terms: 'all' }),
      'bound in continuous time': variational({ steps: Infinity }),
    })) {
      // Enough rows for every step of a schedule.
      const losses = objective.rowLosses(denoiser, { x: tf.tile(x, [10, 1]) }, key).dataSync();
      expect(
        [...losses].filter((loss) => !Number.isFinite(loss)),
        name,
      ).toEqual([]);
    }
    const end = tf.scalar(1);
    for (const weight of [minSnr(), p2(), signalLoss])
      expect(Number.isFinite(weight(schedule, end).dataSync()[0]!)).toBe(true);
  });

  it('flow matching is |F - (eps - x)|^2 on straight lines', () => {
    // F = 0, of a network that starts there: the mean is |x|^2 + 2 of two numbers of noise, whose squares have variance 4.
    const network = new TimedMLP(Key.from(2), { features: 2, hidden: [4] });
    const denoiser = networkDenoiser(network, rectifiedFlow(), { predicts: 'flow' });
    const point = tf.tile(tf.tensor2d([[0.5, -1]]), [4000, 1]);
    const loss = flowMatching().loss(denoiser, { x: point }, key);
    // Var |eps - x|^2 = 2 D + 4 |x|^2 = 9: five standard errors.
    expect(loss).toBeAllClose(3.25, { abs: (5 * 3) / Math.sqrt(4000) });
  });

  it('hybrid is the simple loss, and so much of the bound of the steps', () => {
    const denoiser = denoiserOf(linearBetas({ steps: 7 }), 4);
    const bound = rows(variational({ variance: 'learned' }), denoiser);
    const steps = tf.sub(bound, priorTerm(denoiser, x));
    const sum = tf.add(rows(simple(), denoiser), tf.mul(0.01, steps));
    expect(rows(hybridLoss({ weight: 0.01 }), denoiser)).toBeAllClose(sum, {
      rel: 1e-4,
      abs: 1e-4,
    });
  });

  it('hybrid is of a thousand steps where the schedule has none, and a thousandth of the bound', () => {
    const denoiser = denoiserOf(variancePreserving(), 4);
    const told = rows(hybridLoss({ steps: 1000, weight: 0.001 }), denoiser);
    expect(rows(hybridLoss(), denoiser)).toBeAllClose(told, {});
  });

  it('bounds of steps have all constants, and what noise the schedule starts with', () => {
    const denoiser = denoiserOf(linearLogSnr(), 4);
    const [double, single] = [2, 1].map((weight) =>
      rows(hybridLoss({ weight, steps: 3 }), denoiser),
    );
    const bound = rows(variational({ variance: 'learned', steps: 3 }), denoiser);
    const constants = tf.add(priorTerm(denoiser, x), throughNoise(denoiser, 0));
    expect(tf.sub(bound, constants)).toBeAllClose(tf.sub(double!, single!), {
      rel: 1e-3,
      abs: 1e-3,
    });
  });

  it('continuous time begins at 0.001 where there is no noise at the start', () => {
    const denoiser = denoiserOf(variancePreserving());
    const told = rows(variational({ start: 1e-3 }), denoiser);
    expect(rows(variational(), denoiser)).toBeAllClose(told, {});
  });

  it('hybrid teaches the mean by the simple loss alone, and the variance by the bound', () => {
    const network = new Told();
    const denoiser = networkDenoiser(network, linearBetas({ steps: 7 }));
    const gradientOf = (objective: DenoisingObjective, weight: tf.Variable) => {
      const loss = () => objective.loss(denoiser, { x }, key).asScalar();
      return tf.variableGrads(loss, [weight]).grads[weight.name]!;
    };
    const close = { rel: 1e-4, abs: 1e-5 };
    const { mean, spread } = network;
    expect(gradientOf(hybridLoss({ weight: 0.5 }), mean)).toBeAllClose(
      gradientOf(simple(), mean),
      close,
    );
    const ofBound = gradientOf(variational({ variance: 'learned' }), spread);
    expect(tf.max(tf.abs(ofBound)).dataSync()[0]!).toBeGreaterThan(1e-2);
    expect(gradientOf(hybridLoss({ weight: 0.5 }), spread)).toBeAllClose(
      tf.mul(0.5, ofBound),
      close,
    );
  });
});
