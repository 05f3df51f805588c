import {
  checkEvent,
  DomainError,
  Key,
  Module,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { diagonalNormal, perceptron } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { shortPendulums, times } from '../test/pendulums.js';
import { dirac, hybrid, pendulum, reactionDiffusion, sameForAll, simulate } from './index.js';

/** -alpha times the velocity, alpha being what is learned. */
class Friction extends Module {
  apply(x: Tensor): Tensor {
    checkEvent('Friction', x, [3]);
    const [, velocity, alpha] = tf.unstack(x, -1);
    return tf.stack([tf.zerosLike(velocity!), tf.neg(tf.mul(alpha!, velocity!))], -1);
  }
}

onEachEngine(() => {
  it('starts as its expert', () => {
    const model = shortPendulums();
    const z = tf.tensor2d([
      [1, 0.3],
      [2, -1],
    ]);
    const context = tf.tensor2d([
      [1, 0],
      [0.5, 0.2],
    ]);
    const states = simulate(model.expert, {
      ...{ parameters: tf.slice(z, [0, 0], [2, 1]), context, times },
    });
    const [, behind] = tf.split(states, [1, times.length - 1], 1);
    expect(model.decoder.respond(z, context)).toBeAllClose(behind!, { abs: 1e-6 });
    expect(model.decoder.distance(z, context, behind!)).toBeAllClose(0, {});
  });

  it('with the right remainder is the truth, also later', () => {
    const model = hybrid(Key.from(1), {
      expert: pendulum(),
      times,
      remainder: () => new Friction(),
    });
    const truth = pendulum({ complete: true });
    const z = tf.tensor2d([
      [1, 0.3],
      [2, 0.6],
    ]);
    const context = tf.tensor2d([
      [1, 0],
      [0.5, 0.2],
    ]);
    for (const asked of [times, [0, 0.2, 0.4, 2, 4]]) {
      const states = simulate(truth, { parameters: z, context, times: asked });
      const [, behind] = tf.split(states, [1, asked.length - 1], 1);
      expect(model.decoder.respond(z, context, asked)).toBeAllClose(behind!, { abs: 1e-6 });
    }
    const y = tf.ones([2, times.length - 1, 2]);
    // |F_a|^2 = alpha^2 at a velocity of 1.
    expect(model.decoder.distance(z, context, y)).toBeAllClose((0.3 ** 2 + 0.6 ** 2) / 2, {
      rel: 1e-5,
    });
  });

  it('adds what is learned at every point of a grid, which may be nothing but noise', () => {
    const expert = reactionDiffusion({ size: 4, spacing: 1 });
    const model = hybrid(Key.from(1), {
      ...{ expert, times: [0, 0.1, 0.2], latent: 0, encoder: perceptron([8]) },
      remainder: (_, { inputs, outputs }) => {
        expect([inputs, outputs]).toEqual([2, 2]);
        return new (class extends Module {
          apply = (y: Tensor) => tf.onesLike(y);
        })();
      },
    });
    const z = tf.tensor2d([[1e-3, 1e-3]]);
    const y = model.decoder.respond(z, tf.zeros([1, 32]));
    expect(tf.slice(y, [0, 1], [1, 1])).toBeAllClose(tf.fill([1, 1, 4, 4, 2], 0.2), { abs: 1e-6 });
    expect(model.loss({ x: y, context: tf.zeros([1, 32]) }, Key.from(2)).rank).toBe(0);
  });

  it('may correct whole responses, at the times of its training alone', () => {
    const model = hybrid(Key.from(1), {
      ...{ expert: pendulum(), times, encoder: perceptron([8]) },
      correction: perceptron([8]),
    });
    for (const weight of model.decoder.parameters()) weight.assign(tf.fill(weight.shape, 0.1));
    const [z, context] = [tf.tensor2d([[1, 0.5]]), tf.tensor2d([[1, 0]])];
    const change = tf.sub(
      model.decoder.respond(z, context),
      model.decoder.expertResponse(z, context),
    );
    expect(tf.max(tf.abs(change)).dataSync()[0]).toBeGreaterThan(0.05);
    expect(model.decoder.distance(z, context, change)).toBeAllClose(
      tf.mul(2, tf.mean(tf.square(change))),
      { rel: 1e-4 },
    );
    expect(() => model.decoder.respond(z, context, [0, 1])).toThrow(OptionError);
  });

  it('has posteriors within the ranges, whose densities integrate to one', () => {
    const model = shortPendulums({ posterior: diagonalNormal });
    const x = Key.from(2).normal([3, times.length - 1, 2]);
    const context = Key.from(3).normal([3, 2]);
    const [z, logProb] = model.posteriorAt(x, context).sampleAndLogProb(Key.from(4), [200]);
    const [ze] = tf.split(z, 2, -1);
    expect(tf.min(ze!).dataSync()[0]).toBeGreaterThan(0.5);
    expect(tf.max(ze!).dataSync()[0]).toBeLessThan(3.5);
    expect(model.posteriorAt(x, context).logProb(z)).toBeAllClose(logProb, { abs: 1e-3 });

    const one = tf.concat(
      [tf.reshape(tf.slice(x, [0], [1]), [1, -1]), tf.slice(context, [0], [1])],
      1,
    );
    // By the midpoint rule.
    const middles = Array.from({ length: 1000 }, (_, i) => [0.5 + 3 * ((i + 0.5) / 1000)]);
    const cost = model.posterior.supervise(
      Key.from(1),
      tf.tensor2d(middles),
      tf.tile(one, [1000, 1]),
    );
    expect(tf.mul(3, tf.mean(tf.exp(tf.neg(cost))))).toBeAllClose(1, { abs: 1e-3 });
    // Half of the draws are below the middle: 200 of a fair coin are 60 off once in 10^16.
    const { omega0 } = model.estimate({ x, context });
    const below = tf.sum(tf.cast(tf.less(tf.squeeze(ze!, [-1]), omega0!), 'float32'), 0);
    for (const count of below.dataSync()) expect(Math.abs(count - 100)).toBeLessThan(60);
  });

  it('says the likelihood of what is seen: normal noise around the response', () => {
    const model = shortPendulums({ noise: 0.5 });
    const z = tf.tensor2d([[1.5, 0]]);
    const context = tf.tensor2d([[1, 0]]);
    const y = model.decoder.respond(z, context);
    const numbers = 2 * (times.length - 1);
    const atBest = -numbers * (Math.log(0.5) + 0.5 * Math.log(2 * Math.PI));
    expect(model.likelihoodAt(z, context).logProb(y)).toBeAllClose([atBest], { rel: 1e-4 });
    expect(model.likelihoodAt(z, context).logProb(tf.add(y, 1))).toBeAllClose(
      [atBest - numbers * 2],
      { rel: 1e-4 },
    );
    const prior = model.priorAt(context);
    expect(prior.logProb(z)).toBeAllClose([-Math.log(3) - 0.5 * Math.log(2 * Math.PI)], {
      rel: 1e-4,
    });
  });

  it('knows the noise when it is calibrated, and forecasts from other starts, with noise and without', () => {
    const model = shortPendulums({ posterior: dirac, encoder: sameForAll() });
    const context = tf.tensor2d([[1, 0]]);
    const x = tf.add(model.fitted({ x: tf.zeros([1, times.length - 1, 2]), context }), [0.3, -0.1]);
    const observed = { x, context };
    model.calibrate(observed);
    expect(model.noise.scale()).toBeAllClose([0.3, 0.1], { rel: 1e-3 });
    // The middle of the range, as nothing is learned yet.
    expect(model.estimate(observed).omega0!).toBeAllClose([2], { rel: 1e-6 });
    const start = tf.tensor2d([[0.2, 0.1]]);
    const later = [0, 1, 2, 3];
    const y = model.predict(Key.from(1), observed, { context: start, times: later, noise: false });
    expect(y).toBeAllClose(
      tf.expandDims(model.decoder.respond(tf.tensor2d([[2, 0]]), start, later), 0),
      {
        abs: 1e-6,
      },
    );
    // Each draw has the starts of all.
    const starts = tf.tensor2d([
      [0.2, 0.1],
      [-1, 0.5],
    ]);
    const both = { x: tf.tile(x, [2, 1, 1]), context: starts };
    const drawn = model.predict(Key.from(1), both, { draws: 3, noise: false });
    const certain = tf.expandDims(model.fitted(both), 0);
    expect(drawn).toBeAllClose(tf.tile(certain, [3, 1, 1, 1]), { abs: 1e-6 });
    const seen = model.predict(Key.from(1), observed, { draws: 500 });
    const { mean, variance } = tf.moments(tf.sub(seen, model.fitted(observed)), [0, 1, 2]);
    // 5000 draws of each: off by 0.03 deviations once in 10^10.
    expect(mean).toBeAllClose([0, 0], { abs: 0.1 * 0.3 });
    expect(tf.sqrt(variance)).toBeAllClose([0.3, 0.1], { rel: 0.1 });
    model.noise.assign(tf.tensor1d([1e-3, 0.02]));
    expect(model.noise.scale()).toBeAllClose([1e-3, 0.02], { rel: 1e-3 });
  });

  it('leaves no tensor behind', () => {
    const model = shortPendulums({ posterior: diagonalNormal });
    const [x, context] = [tf.ones([3, times.length - 1, 2]), tf.ones([3, 2])];
    const observed = { x, context };
    expectNoLeak(() => model.loss(observed, Key.from(1)));
    expectNoLeak(() => model.predict(Key.from(1), observed, { draws: 2 }));
    expectNoLeak(() => model.estimate(observed));
    expectNoLeak(() => {
      model.calibrate(observed);
    });
    expectNoLeak(() => model.sample(Key.from(1), [], context));
    expectNoLeak(() => {
      shortPendulums().dispose();
    });
  });
});

describe('hybrid', () => {
  const expert = pendulum();

  it('checks its options', () => {
    expect(() => hybrid(Key.from(1), { expert, times: [0] })).toThrow(DomainError);
    expect(() => hybrid(Key.from(1), { expert, times, latent: -1 })).toThrow(DomainError);
    expect(() => hybrid(Key.from(1), { expert, times, noise: 0 })).toThrow(DomainError);
    const both = { remainder: () => new Friction(), correction: perceptron([2]) };
    expect(() => hybrid(Key.from(1), { expert, times, ...both })).toThrow(OptionError);
  });

  it('has certain posteriors that no bound is made of', () => {
    const model = shortPendulums({ posterior: dirac });
    const batch = { x: tf.ones([3, times.length - 1, 2]), context: tf.ones([3, 2]) };
    expect(() => model.loss(batch, Key.from(1))).toThrow(/no density/);
    expect(() => model.loss({ x: batch.x }, Key.from(1))).toThrow(ShapeError);
  });
});
