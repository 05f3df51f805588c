import { Affine } from '@pushforward/bijectors';
import { DomainError, Key, parameter, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Shift } from '../test/shift.js';
import {
  Categorical,
  DiagonalNormal,
  Mixture,
  Normal,
  pushforward,
  stack,
  standardNormal,
  Uniform,
} from './index.js';

describe('Mixture', () => {
  onEachEngine(() => {
    it('is the same as a list and as one law', () => {
      const logits = [0.3, -1, 2];
      const locs = [
        [-2, 0],
        [1, 1],
        [3, -4],
      ];
      const scales = [0.5, 1, 2];
      const one = new Mixture(
        logits,
        new DiagonalNormal(
          locs,
          scales.map((s) => [s, s]),
        ),
      );
      const list = new Mixture(
        logits,
        locs.map((loc, k) => new DiagonalNormal(loc, scales[k]!)),
      );
      const x = Key.from(1).normal([6, 2]);
      expect(list.logProb(x)).toBeAllClose(one.logProb(x), { abs: 1e-5, rel: 1e-5 });
      expect(list.mean!()).toBeAllClose(one.mean!(), { rel: 1e-5 });
      expect(list.variance!()).toBeAllClose(one.variance!(), { rel: 1e-5 });
    });

    it('has the moments of a mixture', () => {
      // Weights 1/4 and 3/4: mean 3, variance 1/4 (1 + 9) + 3/4 (4 + 1).
      const law = new Mixture([0, Math.log(3)], new Normal([0, 4], [1, 2]));
      expect(law.mean!()).toBeAllClose(3, { rel: 1e-6 });
      expect(law.variance!()).toBeAllClose(6.25, { rel: 1e-6 });
      expect(new Mixture([0, 0], [new Normal(0, 1), bounded()])).not.toHaveProperty('mean');
    });

    it('stays exact where every component is far away', () => {
      const law = new Mixture([0, 0], new Normal([-1, 1], 1));
      // At x the nearer component rules: log p = -(x - 1)^2 / 2 - log 2 - log(2 pi) / 2.
      expect(law.logProb(tf.scalar(1001))).toBeAllClose(-5e5, { rel: 1e-5 });
      const slope = tf.grad((x) => law.logProb(x).asScalar())(tf.scalar(1001));
      expect(slope).toBeAllClose(-1000, { rel: 1e-5 });
    });

    it('is -Infinity where all components are, with a gradient of 0', () => {
      const law = new Mixture([0, 0], [new Uniform(0, 1), new Uniform(2, 3)]);
      const x = tf.tensor1d([0.5, 1.5, 2.5]);
      expect(law.logProb(x)).toBeAllClose([-Math.LN2, -Infinity, -Math.LN2], { rel: 1e-6 });
      expect(tf.grad((x) => tf.sum(law.logProb(x)))(x)).toBeAllClose([0, 0, 0], {});
    });

    it('does without components of weight 0', () => {
      const law = new Mixture([0, -Infinity], new Normal([0, 1], 1));
      expect(law.logProb(tf.scalar(2))).toBeAllClose(new Normal(0, 1).logProb(tf.scalar(2)), {
        rel: 1e-6,
      });
    });

    it('has the gradients of its closed form', () => {
      const logits = parameter(tf.tensor1d([0, 0]));
      const locs = parameter(tf.tensor1d([-1, 1]));
      const law = new Mixture(logits, new Normal(locs, 1));
      expect([...law.namedParameters().keys()]).toEqual(['logits', 'components.loc']);
      const { grads } = tf.variableGrads(
        () => law.logProb(tf.scalar(0.5)).asScalar(),
        law.parameters(),
      );
      // With r_k the posterior weights: d/d logits_k = r_k - w_k, d/d loc_k = r_k (x - loc_k).
      const odds = Math.exp(-0.5 * 0.5 ** 2 + 0.5 * 1.5 ** 2);
      const r = [1 / (1 + odds), odds / (1 + odds)];
      const [ofLogits, ofLocs] = Object.values(grads);
      expect(ofLogits).toBeAllClose([r[0]! - 0.5, r[1]! - 0.5], { abs: 1e-6 });
      expect(ofLocs).toBeAllClose([r[0]! * 1.5, r[1]! * -0.5], { abs: 1e-6 });
    });

    it('has a second derivative', () => {
      const law = new Mixture(
        [0, 1],
        [new Normal(-1, 0.5), pushforward(new Normal(0, 1), new Affine(1, 2))],
      );
      const at = [-2, -0.7, 0.1, 1, 4];
      // (log p)'' by the densities: p''/p - (p'/p)^2.
      const expected = at.map((x) => {
        let [p, first, second] = [0, 0, 0];
        for (const [weight, loc, scale] of [
          [1, -1, 0.5],
          [Math.E, 1, 2],
        ] as const) {
          const z = (x - loc) / scale;
          const density = (weight / scale) * Math.exp(-0.5 * z ** 2);
          p += density;
          first -= (density * z) / scale;
          second += (density * (z ** 2 - 1)) / scale ** 2;
        }
        return second / p - (first / p) ** 2;
      });
      const score = tf.grad((x) => tf.sum(law.logProb(x)));
      const curvature = tf.grad((x) => tf.sum(score(x)))(tf.tensor1d(at));
      expect(curvature).toBeAllClose(expected, { abs: 1e-5, rel: 1e-5 });
    });

    it('draws from a component apart from choosing it', () => {
      // Were both made of the same random words, the first component would never draw a 1.
      const never = Number.NEGATIVE_INFINITY;
      const parts = new Categorical([
        [0, 0, never, never],
        [never, never, 0, 0],
      ]);
      const law = new Mixture([0, 0], parts);
      // In 100 draws one of four is missing once in 10^12.
      const seen = Key.from(3)
        .split(100)
        .map((key) => law.sample(key).dataSync()[0]!);
      expect([...new Set(seen)].sort()).toEqual([0, 1, 2, 3]);
    });

    it('passes gradients of draws to the components and none to the weights', () => {
      const logits = parameter(tf.tensor1d([0, 1]));
      const locs = parameter(tf.tensor1d([-100, 100]));
      const law = new Mixture(logits, new Normal(locs, 1));
      const x = valuesOf(law.sample(Key.from(2), [40]));
      const share = x.filter((value) => value < 0).length / 40;
      const { grads } = tf.variableGrads(
        () => tf.mean(law.sample(Key.from(2), [40])).asScalar(),
        law.parameters(),
      );
      const [ofLogits, ofLocs] = Object.values(grads);
      expect(ofLogits).toBeAllClose([0, 0], {});
      expect(ofLocs).toBeAllClose([share, 1 - share], { abs: 1e-6 });
    });

    it('of one component draws from that', () => {
      const law = new Mixture([0], new Normal([3], [1e-3]));
      expect(law.sample(Key.from(1), [5])).toBeAllClose(3, { abs: 0.01 });
    });

    it('draws from every parameter set by its own weights', () => {
      const law = new Mixture(
        [
          [9, -9],
          [-9, 9],
          [9, -9],
        ],
        new Normal([-50, 50], 1),
      );
      const x = law.sample(Key.from(3), [20]);
      expect(x.shape).toEqual([20, 3]);
      expect(tf.sign(x)).toBeAllClose(tf.tile(tf.tensor2d([[-1, 1, -1]]), [20, 1]), {});
      const noise = tf.sub(tf.abs(x), 50);
      expect(new Set(valuesOf(noise).map((z) => z.toFixed(2))).size).toBeGreaterThan(40);
    });

    it('takes conditional components', () => {
      const law = new Mixture(
        [0, 0],
        [pushforward(standardNormal([1]), new Shift(1)), new DiagonalNormal([50], 1)],
      );
      const context = tf.tensor2d([[-50], [-60]]);
      const [x, logProb] = law.sampleAndLogProb(Key.from(4), [30], context);
      expect(x.shape).toEqual([30, 2, 1]);
      expect(logProb.shape).toEqual([30, 2]);
      for (const [i, value] of valuesOf(x).entries()) {
        const nearest = value > 0 ? 50 : [-50, -60][i % 2]!;
        expect(Math.abs(value - nearest)).toBeLessThan(6);
      }
      const one = law.logProb(tf.tensor2d([[-50], [-50]]), context);
      const peak = -Math.LN2 - 0.5 * Math.log(2 * Math.PI);
      expect(one).toBeAllClose([peak, peak - 50], { rel: 1e-5 });
      expect(() => law.logProb(x)).toThrow(ShapeError);
    });

    it('leaves no tensor behind', () => {
      const law = new Mixture([0, 0], [standardNormal([2]), new DiagonalNormal([1, 2], 3)]);
      const x = tf.zeros([3, 2]);
      expectNoLeak(() => [law.logProb(x), law.sample(Key.from(1), [2]), law.mean!()]);
      expectNoLeak(() => {
        law.prepare({ x });
      });
    });
  });

  it('refuses components that do not fit', () => {
    const normal = new Normal(0, 1);
    expect(() => new Mixture([0, 0, 0], new Normal([0, 1], 1))).toThrow(ShapeError);
    expect(() => new Mixture([0, 0], [normal])).toThrow(ShapeError);
    expect(() => new Mixture(0, [normal])).toThrow(ShapeError);
    expect(() => new Mixture([0, NaN], [normal, normal])).toThrow(DomainError);
    expect(() => new Mixture([0, 0], [normal, standardNormal([2])])).toThrow(
      'stack: laws must share one event shape, got [] and [2].',
    );
    expect(
      () =>
        new Mixture(
          [
            [0, 0],
            [0, 0],
          ],
          new Normal([[0, 0]], 1),
        ),
    ).toThrow(ShapeError);
    expect(() => stack([])).toThrow('at least one law');
  });
});

/** A law without moments. */
function bounded() {
  return pushforward(new Normal(0, 1), new Affine(0, 1));
}
