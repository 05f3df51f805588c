import { compile } from '@pushforward/compile';
import { Bernoulli, Independent } from '@pushforward/distributions';
import { type Batch, DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  kullbackLeibler,
  type RestrictedBoltzmann,
  type RestrictedBoltzmannOptions,
  restrictedBoltzmann,
} from '../index.js';
import { annealedNormaliser } from './annealing.js';

/** With weights of the given size. */
function make(options: RestrictedBoltzmannOptions, size = 1): RestrictedBoltzmann {
  const law = restrictedBoltzmann(Key.from(1), options);
  for (const [i, variable] of law.parameters().entries())
    variable.assign(tf.mul(size, Key.from(2).foldIn(i).normal(variable.shape)));
  return law;
}

/** All vectors of n zeros and ones. */
const all = (n: number) =>
  Array.from({ length: 2 ** n }, (_, code) => Array.from({ length: n }, (_, i) => (code >> i) & 1));

/** exp(a v + b h + v W h) for all v and h, in double precision. */
function weightsOf({ units }: RestrictedBoltzmann): { v: number[]; h: number[]; weight: number }[] {
  const W = units.weight.arraySync() as number[][];
  const [a, b] = [[...units.visibleBias.dataSync()], [...units.hiddenBias.dataSync()]];
  return all(a.length).flatMap((v) =>
    all(b.length).map((h) => {
      let exponent = 0;
      for (const [i, on] of v.entries()) if (on) exponent += a[i]!;
      for (const [j, on] of h.entries()) {
        if (!on) continue;
        exponent += b[j]!;
        for (const [i, up] of v.entries()) if (up) exponent += W[i]![j]!;
      }
      return { v, h, weight: Math.exp(exponent) };
    }),
  );
}
const total = (rows: { weight: number }[]) => rows.reduce((sum, { weight }) => sum + weight, 0);

describe('restrictedBoltzmann', () => {
  onEachEngine(() => {
    it.each([
      [5, 3],
      [3, 5],
    ])('is the law of %i visible and %i hidden units', (visible, hidden) => {
      const rows = weightsOf(make({ visible, hidden }));
      const Z = total(rows);
      const joint = make({ visible, hidden, joint: true });
      const units = tf.tensor2d(rows.map(({ v, h }) => [...v, ...h]));
      const expected = rows.map(({ weight }) => Math.log(weight / Z));
      expect(joint.logProb(units)).toBeAllClose(expected, { abs: 1e-4 });
      const marginal = make({ visible, hidden });
      const sums = all(visible).map((v) => total(rows.filter((row) => row.v.join() === v.join())));
      expect(marginal.logProb(tf.tensor2d(all(visible)))).toBeAllClose(
        sums.map((sum) => Math.log(sum / Z)),
        { abs: 1e-4 },
      );
      expect(marginal.logProb(tf.fill([2, visible], 0.5))).toBeAllClose([-Infinity, -Infinity], {});
    });

    it.each([
      ['exactly', {}],
      ['by Gibbs sampling', { visible: 13, hidden: 13, burnIn: 40 }],
    ])('draws %s', (_, sizes) => {
      const law = make({ visible: 3, hidden: 5, ...sizes }, 0.7);
      const draws = law.sample(Key.from(3), [20, 400]);
      expect(draws.shape).toEqual([20, 400, law.eventShape[0]!]);
      const v = tf.reshape(draws, [8000, -1]);
      const h = tf.sigmoid(law.units.hiddenLogits(v));
      const got = tf.concat([tf.mean(v, 0), tf.mean(h, 0)]);
      // Derivatives of log Z by the biases are the probabilities of the units.
      const exact = exactDerivatives(law);
      // Deviations are at most 1/2: five standard errors.
      expect(got).toBeAllClose(tf.concat([exact.visibleBias, exact.hiddenBias]), { abs: 0.028 });
    });

    it('draws each state as often as it is likely', () => {
      const law = make({ visible: 3, hidden: 2, joint: true });
      const states = tf.tensor2d(all(5));
      const n = 20_000;
      const draws = law.sample(Key.from(3), [n]);
      const same = tf.equal(tf.expandDims(draws, 1), tf.expandDims(states, 0));
      const counts = tf.sum(tf.all(same, -1), 0);
      const expected = tf.mul(n, tf.exp(law.logProb(states)));
      const statistic = tf.sum(tf.div(tf.square(tf.sub(counts, expected)), expected));
      // Above 61.1 once in 1,000 for chi squares of 31 degrees.
      expect(statistic.dataSync()[0]).toBeLessThan(61.1);
    });

    it('is learned at chains as it is at the exact normaliser', () => {
      const options = { visible: 14, hidden: 13, steps: 30 };
      for (const chains of [0, 3000]) {
        const law = make({ ...options, chains }, 0.3);
        expect(law.isExact).toBe(false);
        const x = Key.from(4).bernoulli(0.3, [3000, 14]);
        const run = () =>
          tf.variableGrads(() => law.loss({ x }, Key.from(5)).asScalar(), law.parameters());
        const { grads } = run();
        const { units } = law;
        const exact = exactDerivatives(law);
        const h = tf.sigmoid(units.hiddenLogits(x));
        const ofData = {
          weight: tf.div(tf.matMul(x as tf.Tensor2D, h as tf.Tensor2D, true, false), 3000),
          visibleBias: tf.mean(x, 0),
          hiddenBias: tf.mean(h, 0),
        };
        // Chains forget where they start within 30 steps; five standard errors of numbers of deviation 1/2.
        for (const name of ['weight', 'visibleBias', 'hiddenBias'] as const)
          expect(grads[units[name].name]!, name).toBeAllClose(tf.sub(exact[name], ofData[name]), {
            abs: 0.046,
          });
      }
    });

    it('is not changed through a density without its exact normaliser', () => {
      const law = make({ visible: 13, hidden: 13, joint: true }, 0.3);
      const [x, scale] = [
        tf.variable(Key.from(1).bernoulli(0.5, [4, 26])),
        tf.variable(tf.scalar(1)),
      ];
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.mul(scale, law.logProb(x))).asScalar(),
        [...law.parameters(), scale, x],
      );
      expect(Object.keys(grads).sort()).toEqual([scale.name, x.name].sort());
      // Units get theirs: b + v W for the hidden ones.
      const [v] = tf.split(x, 2, -1);
      const ofHidden = tf.split(grads[x.name]!, 2, -1)[1]!;
      expect(ofHidden).toBeAllClose(law.units.hiddenLogits(v!), { abs: 1e-5 });
    });

    it('takes probabilities for units: expected losses, and bounds of them', () => {
      const probabilities = tf.sigmoid(Key.from(6).normal([4, 8]));
      const units = tf.tensor2d(all(8));
      const q = new Independent(new Bernoulli(Key.from(6).normal([4, 8])), 1);
      const mass = tf.exp(q.logProb(tf.expandDims(units, 1)));
      const joint = make({ visible: 3, hidden: 5, joint: true });
      const expected = (logProb: tf.Tensor) => tf.sum(tf.mul(mass, tf.expandDims(logProb, 1)), 0);
      const exact = expected(joint.logProb(units));
      expect(joint.expectedLogProb(probabilities)!).toBeAllClose(exact, { abs: 1e-4 });
      expect(joint.loss({ x: probabilities }, Key.from(1))).toBeAllClose(tf.neg(tf.mean(exact)), {
        abs: 1e-4,
      });
      const divergence = tf.sum(
        tf.mul(
          mass,
          tf.sub(q.logProb(tf.expandDims(units, 1)), tf.expandDims(joint.logProb(units), 1)),
        ),
        0,
      );
      expect(kullbackLeibler(q, joint)!).toBeAllClose(tf.expandDims(divergence, -1), { abs: 1e-4 });
      const marginal = make({ visible: 8, hidden: 4 });
      expect(kullbackLeibler(q, marginal)).toBeUndefined();
      const loss = tf.neg(tf.mean(expected(marginal.logProb(units)))).dataSync()[0]!;
      const bound = marginal.loss({ x: probabilities }, Key.from(1)).dataSync()[0]!;
      expect(bound).toBeGreaterThan(loss);
      const neither = tf.mul(1.5, probabilities);
      expect(valuesOf(marginal.loss({ x: neither }, Key.from(1)))).toEqual([Infinity]);
    });

    it('has its normaliser by annealing', () => {
      const law = make({ visible: 10, hidden: 8 });
      law.calibrate(Key.from(1));
      // However few the temperatures, the mean of the estimates of Z itself has no bias.
      for (const [temperatures, runs] of [
        [4, 40],
        [12, 10],
      ] as const) {
        const ratios = Array.from({ length: runs }, (_, i) => {
          const options = { temperatures, chains: 300 };
          const estimate = annealedNormaliser(Key.from(i), law.units, options);
          return tf.exp(tf.sub(estimate, law.logNormaliser));
        });
        const { mean, variance } = tf.moments(tf.stack(ratios));
        const error = Math.sqrt(variance.dataSync()[0]! / runs);
        expect(error).toBeLessThan(0.05);
        expect(Math.abs(mean.dataSync()[0]! - 1)).toBeLessThan(5 * error);
      }
      const fair = restrictedBoltzmann(Key.from(1), { visible: 20, hidden: 15 });
      fair.units.weight.assign(tf.zeros([20, 15]));
      fair.calibrate(Key.from(2), { temperatures: 5, chains: 3 });
      expect(fair.logNormaliser).toBeAllClose(35 * Math.LN2, { rel: 1e-6 });
      expect(fair.logProb(tf.zeros([20]))).toBeAllClose(-20 * Math.LN2, { rel: 1e-5 });
    });

    it('leaves no tensor behind', () => {
      for (const sizes of [
        { visible: 3, hidden: 4 },
        { visible: 13, hidden: 13, joint: true, burnIn: 3 },
        { visible: 13, hidden: 13, joint: true, chains: 0 },
      ]) {
        const law = make(sizes);
        const x = Key.from(1).bernoulli(0.5, [6, ...law.eventShape]);
        expectNoLeak(() => law.loss({ x }, Key.from(1)));
        expectNoLeak(() =>
          tf.variableGrads(() => law.loss({ x }, Key.from(1)).asScalar(), law.parameters()),
        );
        expectNoLeak(() => law.sampleAndLogProb(Key.from(1), [2]));
        expectNoLeak(() => {
          law.calibrate(Key.from(1), { temperatures: 2, chains: 2 });
        });
        expectNoLeak(() => {
          restrictedBoltzmann(Key.from(1), sizes).dispose();
        });
      }
    });
  });

  it('learns a law that has dependences of all four units', async () => {
    // Of four units an even number is on.
    const rows = all(4).filter((v) => v.reduce((sum, on) => sum + on, 0) % 2 === 0);
    const x = tf.tensor2d(rows);
    const train = { length: 8, batches: (): Iterable<Batch> => [{ x: tf.clone(x) }] };
    const law = restrictedBoltzmann(Key.from(7), { visible: 4, hidden: 8 });
    law.units.weight.assign(Key.from(8).normal([4, 8]));
    await fit(law, { train }, { key: Key.from(9), epochs: 600, learningRate: 0.05 });
    // log 8 nats are the least; independent coins have log 16.
    expect(tf.neg(tf.mean(law.logProb(x))).dataSync()[0]).toBeLessThan(Math.log(8) + 0.1);
  });

  it.each([
    ['exactly', { visible: 3, hidden: 3 }],
    ['at persistent chains', { visible: 13, hidden: 14 }],
    ['at chains from the data', { visible: 13, hidden: 14, chains: 0 }],
  ])('is learned compiled as eagerly: %s', async (_, sizes) => {
    const x = Key.from(1).bernoulli(0.3, [8, sizes.visible]);
    const start = make(sizes, 0.3);
    const run = async (isCompiled: boolean) => {
      const law = make(sizes, 0.3);
      const step = (x: tf.Tensor, key: Key) => {
        const { value, grads } = tf.variableGrads(
          () => law.loss({ x }, key).asScalar(),
          law.parameters(),
        );
        return [value, ...law.parameters().map(({ name }) => grads[name]!)];
      };
      const program = isCompiled ? compile(step) : undefined;
      await (program ?? step)(x, Key.from(2));
      const last = await (program ?? step)(x, Key.from(3));
      program?.dispose();
      return { last, chains: law.chains && tf.clone(law.chains) };
    };
    const [eager, compiled] = [await run(false), await run(true)];
    for (const [i, g] of compiled.last.entries())
      expect(g).toBeAllClose(eager.last[i]!, { abs: 1e-5, rel: 1e-4 });
    if (eager.chains === undefined) return;
    expect(compiled.chains!).toBeAllClose(eager.chains, {});
    expect(tf.max(tf.abs(tf.sub(eager.chains, start.chains!))).dataSync()[0]).toBe(1);
  });

  it('refuses options that make no sense', () => {
    const sizes = { visible: 3, hidden: 3 };
    expect(() => make({ ...sizes, visible: 0 })).toThrow(DomainError);
    expect(() => make({ ...sizes, steps: 0 })).toThrow(DomainError);
    expect(() => make({ ...sizes, chains: -1 })).toThrow(DomainError);
    expect(() => make({ ...sizes, persistent: 1 } as never)).toThrow(OptionError);
    expect(() => {
      make({ visible: 13, hidden: 13 }).calibrate(Key.from(1), { steps: 1 } as never);
    }).toThrow(OptionError);
  });
});

/** Derivatives of log Z, by summing over all states of the hidden layer. */
function exactDerivatives({ units }: RestrictedBoltzmann) {
  const names = ['weight', 'visibleBias', 'hiddenBias'] as const;
  const states = tf.tensor2d(all(units.hidden));
  const variables = names.map((name) => units[name]);
  const { grads } = tf.variableGrads(
    () => tf.logSumExp(units.logWeightOfHidden(states)).asScalar(),
    variables,
  );
  return Object.fromEntries(names.map((name) => [name, grads[units[name].name]!])) as Record<
    (typeof names)[number],
    tf.Tensor
  >;
}
