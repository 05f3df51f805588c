import { Network } from '@pushforward/nn';
import { Key, ShapeError, type Tensor } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import { perceptron } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shortPendulums, times } from '../../test/pendulums.js';
import { dirac, expert, hybrid, misspecification, sameForAll, Trajectories } from '../index.js';

/** A parameter and a state, and posteriors that are certain of nothing but it. */
const range = { parameters: { a: { min: -1, max: 1 } }, state: ['y'] } as const;
const certain = { posterior: dirac, latent: 0 } as const;

onEachEngine(() => {
  it('has the chances of chi-square laws and of correlations', () => {
    // Nothing changes, and what is seen of ten instants is off by c, on one side or on both in turns.
    const seconds = Array.from({ length: 11 }, (_, i) => i);
    const model = hybrid(Key.from(1), {
      ...{ ...certain, times: seconds, encoder: sameForAll() },
      expert: expert({ ...range, field: (_, { y }) => ({ y: tf.zerosLike(y) }) }),
    });
    const told = (c: number, inTurns: boolean, errorRate = 0.01) => {
      const off = seconds.map((t) => (t === 0 ? 0 : inTurns && t % 2 === 0 ? -c : c));
      const states = Float32Array.from(off);
      const data = new Trajectories({ times: seconds, stateShape: [1], states });
      return misspecification(model, data, { noise: [1], errorRate });
    };
    // A chi-square number of ten degrees is above 23.2093 once in a hundred times.
    const large = told(Math.sqrt(2.32093), true);
    expect(large.chiSquarePValue).toBeCloseTo(0.01, 3);
    expect(large.autocorrelation).toBeCloseTo(-1, 5);
    // Nine pairs: P(Z > 3) = 0.00135.
    expect(large.autocorrelationPValue).toBeCloseTo(1 - 0.00135, 5);
    expect(told(0.5, false).autocorrelationPValue).toBeCloseTo(0.00135, 5);
    // Each of two tests has half of the rate.
    const calls = [0.015, 0.025].map((rate) => told(Math.sqrt(2.32093), true, rate));
    expect(calls.map(({ isMisspecified }) => isMisspecified)).toEqual([false, true]);
  });

  it('does not call wrong what has found its parameters in the same trajectories', () => {
    // y' = a by least squares: what is left of neighbours differs in sign, and correlates by -0.3.
    const seconds = [0, 1, 2, 3, 4];
    class LeastSquares extends Network {
      override readonly inputs = 5;
      override readonly outputs = 1;
      override apply(x: Tensor) {
        const y = tf.slice(x, [0, 0], [-1, 4]);
        const slope = tf.div(tf.sum(tf.mul(y, [1, 2, 3, 4]), 1, true), 30);
        const share = tf.div(tf.add(slope, 1), 2);
        return tf.log(tf.div(share, tf.sub(1, share)));
      }
    }
    const model = hybrid(Key.from(1), {
      ...{ ...certain, times: seconds, encoder: () => new LeastSquares() },
      expert: expert({ ...range, field: (_, __, { a }) => ({ y: a }) }),
    });
    const noise = tf.tidy(() => Key.from(2).normal([200, 4]).arraySync() as number[][]);
    const states = Float32Array.from(noise.flatMap((off) => [0, ...off.map((it) => 0.1 * it)]));
    const data = new Trajectories({ times: seconds, stateShape: [1], states });
    const told = misspecification(model, data, { noise: [0.1] });
    expect(told.reducedChiSquare).toBeCloseTo(0.75, 0);
    expect(told.autocorrelation).toBeLessThan(-0.15);
    expect(told.isMisspecified).toBe(false);
  });

  it('knows the noise of what is seen, where that is a part of the state', () => {
    const model = shortPendulums({
      ...{ ...certain, observed: ['theta'], encoder: sameForAll(), start: perceptron([2]) },
    });
    const states = new Float32Array(2 * times.length);
    const data = new Trajectories({ times, stateShape: [1], states });
    expect(misspecification(model, data, { noise: [1] }).byTime).toHaveLength(5);
    expect(() => misspecification(model, data, { noise: [1, 1] })).toThrow(ShapeError);
  });
});
