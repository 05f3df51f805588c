import { chain, Planar } from '@pushforward/bijectors';
import {
  Bernoulli,
  Categorical,
  conditional,
  DiagonalNormal,
  type Distribution,
  Independent,
  Mixture,
  RelaxedBernoulli,
} from '@pushforward/distributions';
import { Linear } from '@pushforward/nn';
import { Key, OptionError, type Tensor } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { scattered } from '../../test/flowPosteriors.js';
import {
  autoregressive,
  bernoulli,
  categorical,
  diagonalNormal,
  elbo,
  type Family,
  flowPosterior,
  fullNormal,
  gaussian,
  gru,
  iwae,
  leaveOneOut,
  mixtureNormal,
  type Objective,
  perceptron,
  relaxedBernoulli,
  smoothed,
  VAE,
  vae,
  vectorQuantised,
  wakeSleep,
} from '../index.js';

const data = () => Key.from(2).bernoulli(0.4, [6, 4]);
const coins = new Independent(new Bernoulli([0, 0]), 1);
const networks = { encoder: perceptron([5]), decoder: perceptron([5]) };

/** A posterior and a prior that goes with it. */
type Pair = [posterior: Family, prior?: Distribution];
const pairs: Record<string, () => Pair> = {
  normal: () => [diagonalNormal(2)],
  mixture: () => [mixtureNormal(Key.from(1), 2, 3)],
  'normal, number by number': () => [
    autoregressive(Key.from(1), gaussian(2), gru({ steps: 2, hidden: 3 })),
  ],
  planar: () => [
    flowPosterior(
      2,
      chain([1, 2].map((seed) => new Planar(Key.from(seed), { features: 2, context: 2 }))),
    ),
  ],
  relaxed: () => [relaxedBernoulli(2), new Independent(new RelaxedBernoulli([0, 0], 0.5), 1)],
  coins: () => [bernoulli(2), coins],
  'coins, number by number': () => [
    autoregressive(Key.from(1), bernoulli(2), gru({ steps: 2, hidden: 3 })),
    coins,
  ],
  choices: () => [categorical(2, 3), new Independent(new Categorical(tf.zeros([2, 3])), 1)],
  smoothed: () => [smoothed(bernoulli(2), 5), smoothed(coins, 5)],
  'smoothed, otherwise than the prior': () => [smoothed(bernoulli(2), 5), smoothed(coins, 4)],
  codes: () => {
    const posterior = vectorQuantised(Key.from(1), { variables: 2, codes: 4, size: 1 });
    return [posterior, posterior.prior()];
  },
};

const objectives: Record<string, () => Objective> = {
  'elbo()': () => elbo(),
  "elbo({ form: 'joint' })": () => elbo({ form: 'joint' }),
  'elbo({ pathDerivative: true })': () => elbo({ pathDerivative: true }),
  'iwae()': () => iwae({ draws: 2 }),
  'leaveOneOut()': () => leaveOneOut(),
  'wakeSleep()': () => wakeSleep({ draws: 2 }),
};

/** What each objective cannot teach; it can all others. */
const refused: Record<string, readonly string[]> = {
  coins: ['elbo', 'iwae'],
  'coins, number by number': ['elbo', 'iwae'],
  choices: ['elbo', 'iwae'],
  smoothed: ['elbo({', 'iwae'],
  'smoothed, otherwise than the prior': ['elbo', 'iwae'],
  codes: ['leaveOneOut', 'wakeSleep'],
};

function model([posterior, prior]: Pair, objective?: Objective): VAE {
  return scattered(
    vae(Key.from(1), {
      ...{ likelihood: bernoulli(4), posterior, ...networks },
      ...(prior && { prior }),
      ...(objective && { objective }),
    }),
  );
}

/** The largest derivative by a weight of the encoder. */
function heard(model: VAE): number {
  const weights = model.posterior.parameters();
  const { value, grads } = tf.variableGrads(
    () => model.loss({ x: data() }, Key.from(3)) as tf.Scalar,
    weights,
  );
  expect(Number.isFinite(valuesOf(value)[0])).toBe(true);
  const largest = (g: Tensor) => valuesOf(tf.max(tf.abs(g)))[0]!;
  return Math.max(...Object.values(grads).map(largest));
}

describe('an objective and a posterior', () => {
  onEachEngine(() => {
    it.each(Object.keys(pairs))('%s: the encoder hears of it, or there is an error', (name) => {
      for (const [which, objective] of Object.entries(objectives)) {
        const its = model(pairs[name]!(), objective());
        if (refused[name]?.some((start) => which.startsWith(start)))
          expect(() => its.loss({ x: data() }, Key.from(3)), which).toThrow(OptionError);
        else expect(heard(its), which).toBeGreaterThan(1e-3);
      }
    });
  });

  it('mixtures whose weights no draw tells of are refused', () => {
    const posterior = conditional(
      new Linear(Key.from(1), 4, 2),
      (logits) => new Mixture(logits, new DiagonalNormal([[0], [1]], 1)),
    );
    const likelihood = conditional(new Linear(Key.from(2), 1, 4), bernoulli(4));
    const prior = new DiagonalNormal([0], 1);
    const build = (objective: Objective) => new VAE({ prior, likelihood, posterior, objective });
    expect(() => build(elbo()).loss({ x: data() }, Key.from(3))).toThrow(/Mixture.*leaveOneOut/);
    expect(heard(build(leaveOneOut()))).toBeGreaterThan(1e-3);
  });

  it('by default go together, with path derivatives of normal laws', () => {
    const value = (pair: Pair, objective?: Objective) =>
      model(pair, objective).loss({ x: data() }, Key.from(3));
    const same = (name: string, objective: Objective) =>
      expect(value(pairs[name]!())).toBeAllClose(value(pairs[name]!(), objective), { abs: 1e-6 });
    const path = elbo({ pathDerivative: true });
    same('normal', path);
    expect(value([fullNormal(2)])).toBeAllClose(value([fullNormal(2)], path), { abs: 1e-6 });
    same('smoothed', elbo());
    same('codes', elbo());
    expect(heard(model(pairs.smoothed!()))).toBe(heard(model(pairs.smoothed!(), elbo())));
    expect(() => value(pairs.coins!())).toThrow(/Bernoulli.*leaveOneOut/);
  });
});
