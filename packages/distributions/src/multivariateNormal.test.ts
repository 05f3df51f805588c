import { DomainError, Key, parameter, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { DiagonalNormal, lowerTriangular, MultivariateNormal } from './index.js';

const loc = [1, -2, 0.5];
const L = [
  [0.5, 0, 0],
  [-2, 1.5, 0],
  [1, 0.3, 2],
];

describe('MultivariateNormal', () => {
  onEachEngine(() => {
    it('draws loc + L eps', () => {
      const law = new MultivariateNormal(loc, L);
      const noise = Key.from(1).normal([4, 3]).arraySync() as number[][];
      const expected = noise.map((eps) =>
        L.map((row, i) => loc[i]! + row.reduce((sum, l, j) => sum + l * eps[j]!, 0)),
      );
      expect(law.sample(Key.from(1), [4])).toBeAllClose(expected, { abs: 1e-6, rel: 1e-6 });
    });

    it('is the diagonal law for a diagonal matrix', () => {
      const law = new MultivariateNormal(
        [1, 2],
        [
          [3, 0],
          [0, 0.5],
        ],
      );
      const diagonal = new DiagonalNormal([1, 2], [3, 0.5]);
      const x = Key.from(2).normal([5, 2]);
      expect(law.logProb(x)).toBeAllClose(diagonal.logProb(x), { abs: 1e-5, rel: 1e-5 });
      expect(law.entropy()).toBeAllClose(diagonal.entropy(), { rel: 1e-6 });
    });

    it('is differentiated in its matrices however many axes the draws have', () => {
      const matrices = tf.add(tf.eye(3), tf.mul(0.3, Key.from(5).normal([2, 3, 3])));
      const x = Key.from(6).normal([2, 4, 2, 3]);
      const slope = (x: tf.Tensor) =>
        tf.grad((L) => tf.sum(new MultivariateNormal(loc, L).logProb(x)))(matrices);
      expect(slope(x)).toBeAllClose(slope(tf.reshape(x, [8, 2, 3])), { abs: 1e-4, rel: 1e-4 });
      // Vectors that all laws share are spread over them.
      const shared = tf.slice(x, [0, 0, 0, 0], [2, 4, 1, 3]);
      const spread = tf.tile(shared, [1, 1, 2, 1]);
      expect(slope(shared)).toBeAllClose(slope(spread), { abs: 1e-4, rel: 1e-4 });
    });

    it('holds several parameter sets', () => {
      const locs = tf.tensor2d([loc, [0, 0, 0]]);
      const matrices = tf.tensor3d([
        L,
        [
          [1, 0, 0],
          [1, 1, 0],
          [-1, 4, 0.2],
        ],
      ]);
      const law = new MultivariateNormal(locs, matrices);
      const singles = [0, 1].map(
        (i) =>
          new MultivariateNormal(
            tf.squeeze(tf.slice(locs, [i], [1]), [0]),
            tf.squeeze(tf.slice(matrices, [i], [1]), [0]),
          ),
      );
      const x = Key.from(3).normal([4, 2, 3]);
      const columns = tf.unstack(x, 1).map((rows, i) => singles[i]!.logProb(rows));
      expect(law.logProb(x)).toBeAllClose(tf.stack(columns, 1), { abs: 1e-5, rel: 1e-5 });
      for (const ask of ['mean', 'variance', 'covariance', 'entropy'] as const)
        expect(law[ask]()).toBeAllClose(tf.stack(singles.map((single) => single[ask]())), {
          rel: 1e-6,
        });
      // A matrix for all, and a mean for all.
      expect(new MultivariateNormal(locs, L).sample(Key.from(4), [5]).shape).toEqual([5, 2, 3]);
      expect(new MultivariateNormal(loc, matrices).covariance().shape).toEqual([2, 3, 3]);
      expect(new MultivariateNormal(locs, L).covariance().shape).toEqual([2, 3, 3]);
    });

    it('does not look above the diagonal', () => {
      const full = new MultivariateNormal(loc, [
        [0.5, 7, 7],
        [-2, 1.5, 7],
        [1, 0.3, 2],
      ]);
      const law = new MultivariateNormal(loc, L);
      const [x, logProb] = law.sampleAndLogProb(Key.from(5), [3]);
      expect(full.sample(Key.from(5), [3])).toBeAllClose(x, {});
      expect(full.logProb(x)).toBeAllClose(logProb, {});
    });

    it('has the gradients of the closed form', () => {
      const law = new MultivariateNormal(
        parameter(tf.tensor1d([1, -2])),
        lowerTriangular([
          [0.5, 0],
          [-2, 1.5],
        ]),
      );
      expect([...law.namedParameters().keys()]).toEqual(['loc', 'scaleTril.raw']);
      const { grads } = tf.variableGrads(
        () => law.logProb(tf.tensor1d([2, -1])).asScalar(),
        law.parameters(),
      );
      const [ofLoc, ofRaw] = Object.values(grads);
      // r = (1, 1), z = L^-1 r = (2, 10/3), w = L^-T z: with respect to loc w, to L w z^T - diag(1 / L_ii).
      const z = [2, 10 / 3];
      const w = [(z[0]! + 2 * (z[1]! / 1.5)) / 0.5, z[1]! / 1.5];
      expect(ofLoc).toBeAllClose(w, { rel: 1e-5 });
      // The diagonal is stored as its logarithm: times L_ii.
      expect(ofRaw).toBeAllClose(
        [
          [0.5 * w[0]! * z[0]! - 1, 0],
          [w[1]! * z[0]!, 1.5 * w[1]! * z[1]! - 1],
        ],
        { rel: 1e-5, abs: 1e-6 },
      );
      const draws = tf.variableGrads(
        () => tf.sum(law.sample(Key.from(6))).asScalar(),
        law.parameters(),
      );
      const [first, second] = valuesOf(Key.from(6).normal([2]));
      expect(Object.values(draws.grads)[0]).toBeAllClose([1, 1], {});
      expect(Object.values(draws.grads)[1]).toBeAllClose(
        [
          [0.5 * first!, 0],
          [first!, 1.5 * second!],
        ],
        { abs: 1e-6 },
      );
    });

    it('starts where it is told and frees what it holds', () => {
      const start = lowerTriangular(L);
      expect(start.value()).toBeAllClose(L, { rel: 1e-6, abs: 1e-7 });
      expectNoLeak(() => start.value());
      expectNoLeak(() => {
        lowerTriangular(L).dispose();
      });
    });
  });

  it('refuses what is no Cholesky factor', () => {
    expect(
      () =>
        new MultivariateNormal(
          [0, 0],
          [
            [1, 0],
            [0, -1],
          ],
        ),
    ).toThrow(DomainError);
    expect(
      () =>
        new MultivariateNormal(
          [0, 0],
          [
            [1, 0],
            [NaN, 1],
          ],
        ),
    ).toThrow(DomainError);
    expect(
      () =>
        new MultivariateNormal(
          [0, 0, 0],
          [
            [1, 0],
            [0, 1],
          ],
        ),
    ).toThrow('expected loc [..., D] and scaleTril [..., D, D], got [3] and [2, 2]');
    expect(() => new MultivariateNormal(0, [[1]])).toThrow(ShapeError);
    expect(() => lowerTriangular([[1, 0]])).toThrow(ShapeError);
    expect(() => lowerTriangular([[0]])).toThrow(DomainError);
  });
});
