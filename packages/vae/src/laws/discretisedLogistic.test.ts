import { Mixture } from '@pushforward/distributions';
import { Key } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DiscretisedLogistic } from '../index.js';

/** From [-1, 1], where the golden values are, to [0, 1]. */
const law = (loc: number[], logScale: number[]) =>
  new DiscretisedLogistic(
    tf.tensor1d(loc.map((m) => (m + 1) / 2)),
    tf.tensor1d(logScale.map((s) => Math.exp(s) / 2)),
  );
const levels = (v: number[]) => tf.div(tf.tensor1d(v), 255);

describeGolden('t02_distributions', ({ cases, tolerance }) => {
  const named = (kind: string) => cases.filter(({ name }) => name.startsWith(`${kind} `));
  onEachEngine(() => {
    it.each(named('discretised_logistic'))('$name', ({ params, input, output }) => {
      const one = law([params.number('mean')], [params.number('log_scale')]);
      expect(one.logProb(levels(input.vector('v')))).toBeAllClose(
        output.vector('log_prob'),
        tolerance,
      );
    });

    it.each(named('dmol'))('$name', ({ params, input, output }) => {
      const mixed = new Mixture(
        params.vector('logits'),
        law(params.vector('means'), params.vector('log_scales')),
      );
      expect(mixed.logProb(levels(input.vector('v')))).toBeAllClose(
        output.vector('log_prob'),
        tolerance,
      );
    });
  });
});

describe('DiscretisedLogistic', () => {
  onEachEngine(() => {
    it('has probabilities that add up to 1', () => {
      const all = levels(Array.from({ length: 256 }, (_, k) => k));
      for (const [loc, scale] of [
        [0.5, 0.05],
        [-3, 0.3],
        [0.2, 1e-3],
        [2, 5],
      ] as const) {
        const one = new DiscretisedLogistic(tf.scalar(loc), tf.scalar(scale));
        expect(tf.sum(tf.exp(one.logProb(all)))).toBeAllClose(1, { abs: 3e-6 });
      }
      const one = new DiscretisedLogistic(tf.scalar(0.5), tf.scalar(0.05));
      expect(tf.exp(one.logProb(levels([128, 0])))).toBeAllClose([0.0195978, 4.7213e-5], {
        rel: 1e-4,
      });
    });

    it('draws levels as often as it says', () => {
      const one = new DiscretisedLogistic(tf.scalar(0.3), tf.scalar(0.2), 5);
      const n = 40_000;
      const draws = one.sample(Key.from(1), [n]);
      const p = tf.exp(one.logProb(tf.div(tf.range(0, 5), 4))).arraySync() as number[];
      for (const [k, expected] of p.entries()) {
        const share = tf.mean(tf.cast(tf.equal(draws, k / 4), 'float32')).dataSync()[0]!;
        // Five standard deviations of a binomial share.
        expect(Math.abs(share - expected)).toBeLessThan(
          5 * Math.sqrt((expected * (1 - expected)) / n),
        );
      }
    });

    it('draws nothing but what has a probability, also of the least and the largest uniform number', () => {
      const one = new DiscretisedLogistic(tf.scalar(0.5), tf.scalar(1e-3));
      for (const u of [0, 1 - 2 ** -23]) {
        const key = Object.create(Key.from(1)) as Key;
        Object.assign(key, { uniform: (shape: number[]) => tf.fill(shape, u) });
        // log(2^24 - 1) is 16.6.
        expect(one.sample(key, [1])).toBeAllClose(0.5 + (u === 0 ? -1 : 1) * 0.0166, { abs: 3e-3 });
      }
    });

    it('is -Infinity between and beyond the levels, NaN at NaN, finite far out', () => {
      const one = new DiscretisedLogistic(tf.scalar(0.3), tf.scalar(0.2));
      const x = tf.tensor1d([
        ...[0.5 / 255, 3.02 / 255, 2.98 / 255, -1 / 255, 256 / 255, Infinity],
        Number.NaN,
      ]);
      expect(one.logProb(x)).toBeAllClose([...Array<number>(6).fill(-Infinity), Number.NaN], {});
      const far = (loc: tf.Tensor) =>
        tf.sum(new DiscretisedLogistic(loc, tf.scalar(1e-4)).logProb(levels([0, 255])));
      const { value, grad } = tf.valueAndGrad(far)(tf.tensor1d([1000, -1000]));
      expect(value).toBeAllClose(-1e4 * (2001 - 1 / 255), { rel: 1e-5 });
      expect(grad).toBeAllClose([-1e4, 1e4], { rel: 1e-5 });
    });

    it('leaves no tensor behind', () => {
      const one = new DiscretisedLogistic(tf.scalar(0.3), tf.scalar(0.2));
      const x = tf.tensor1d([0, 1]);
      expectNoLeak(() => one.logProb(x));
      expectNoLeak(() => one.sample(Key.from(1), [2]));
    });
  });
});
