import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { UMNN, type UMNNOptions } from '../index.js';

const [forWeights, forX, forH] = Key.from(70).split(3);

/** A normalizer with weights drawn wide, for at its start it is the identity. */
function drawn(options: UMNNOptions = {}, size = 0.3): UMNN {
  const umnn = new UMNN(forWeights, { embedding: 4, hidden: [16, 16], lastScale: 1, ...options });
  for (const [i, weight] of umnn.parameters().entries())
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(size, forWeights.foldIn(i).normal(weight.shape))));
    });
  return umnn;
}

const points = (count: number) => tf.tidy(() => tf.mul(2.5, forX.normal([count, 2])));
const embeddings = (count: number) => forH.normal([count, 2, 4]);

onEachEngine((engine) => {
  beforeAll(() => useEngine(engine as 'cpu'));

  test('starts as the identity, whatever the embedding, but for beta', () => {
    const umnn = new UMNN(Key.from(1), { embedding: 4 });
    tf.tidy(() => {
      const [x, h] = [points(50), embeddings(50)];
      const [y, logSlope] = umnn.forwardAndLogDet(x, h);
      const beta = tf.squeeze(tf.slice(h, [0, 0, 0], [-1, -1, 1]), [2]);
      expect(y).toBeAllClose(tf.add(x, beta), { abs: 3e-6 });
      expect(logSlope).toBeAllClose(0, { abs: 1e-6 });
    });
    umnn.dispose();
  });

  describe.each([
    ['ELU + 1', {}],
    ['softplus', { positive: 'softplus', activation: 'tanh' }],
    ['relu', { activation: 'relu' }],
    ['Gauss-Legendre', { rule: 'gaussLegendre' }],
    ['one point at once', { rowsAtOnce: 1 }],
    ['everything at once', { rowsAtOnce: Infinity }],
    ['no floor, limited slope', { leastSlope: 0, lipschitz: 2 }],
  ] as [string, UMNNOptions][])('%s', (_, options) => {
    const umnn = drawn(options);

    test('inverts to 1e-5, inside and far outside', () => {
      tf.tidy(() => {
        const h = embeddings(100);
        const inside = points(100);
        const [back] = umnn.inverseAndLogDet(umnn.forwardAndLogDet(inside, h)[0], h);
        expect(back).toBeAllClose(inside, { abs: 1e-5, rel: 1e-5 });
        const outside = tf.mul(1e4, inside);
        const [far, logDet] = umnn.inverseAndLogDet(umnn.forwardAndLogDet(outside, h)[0], h);
        expect(far).toBeAllClose(outside, { rel: 1e-5 });
        expect(logDet).toBeAllClose(tf.neg(umnn.forwardAndLogDet(outside, h)[1]), { abs: 1e-5 });
      });
    });

    test('is finite for all but the largest of float32, and for large embeddings', () => {
      tf.tidy(() => {
        const numbers = tf.tensor2d([[-1e30, -1e20, -1e5, -10, 0, 1e-30, 10, 1e5, 1e20, 1e30]]);
        for (const size of [0, 1, 100, 1e3]) {
          const h = tf.mul(size, forH.normal([1, 10, 4]));
          for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
            const results = umnn[map](numbers, h);
            expect(results.flatMap(valuesOf).filter((v) => !Number.isFinite(v))).toEqual([]);
          }
        }
      });
    });

    test('has the log-slope of its derivative, in both directions', () => {
      tf.tidy(() => {
        const [x, h] = [points(20), embeddings(20)];
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
          const slope = tf.grad((x: Tensor) => umnn[map](x, h)[0])(x);
          expect(tf.log(slope)).toBeAllClose(umnn[map](x, h)[1], { abs: 1e-5 });
        }
      });
    });

    test('the gradient of the inverse is that of the implicit function', () => {
      tf.tidy(() => {
        const h = embeddings(20);
        const y = umnn.forwardAndLogDet(points(20), h)[0];
        const [x, logDet] = umnn.inverseAndLogDet(y, h);
        const weights = forX.normal([20, 2]);
        const dh = tf.grad((h: Tensor) => tf.mul(weights, umnn.inverseAndLogDet(y, h)[0]))(h);
        const scaled = tf.mul(weights, tf.exp(logDet));
        const direct = tf.grad((h: Tensor) => tf.mul(scaled, umnn.forwardAndLogDet(x, h)[0]))(h);
        expect(dh).toBeAllClose(tf.neg(direct), { abs: 1e-4, rel: 1e-4 });
      });
    });

    test('can be differentiated twice', () => {
      tf.tidy(() => {
        const [x, h] = [points(8), embeddings(8)];
        for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
          const slope = tf.grad((x: Tensor) => umnn[map](x, h)[0]);
          // y'' = y' (log y')'
          const expected = tf.mul(slope(x), tf.grad((x: Tensor) => umnn[map](x, h)[1])(x));
          expect(tf.grad(slope)(x)).toBeAllClose(expected, { abs: 1e-3, rel: 1e-3 });
          const throughSlope = tf.grad((h: Tensor) =>
            tf.grad((x: Tensor) => umnn[map](x, h)[0])(x),
          )(h);
          const steepness = slope(x);
          const throughLog = tf.grad((h: Tensor) => tf.mul(steepness, umnn[map](x, h)[1]))(h);
          expect(throughSlope).toBeAllClose(throughLog, { abs: 1e-3, rel: 1e-3 });
        }
      });
    });
  });

  test('passes NaN on, for the numbers it belongs to', () => {
    const umnn = drawn();
    tf.tidy(() => {
      const x = tf.tensor2d([[Number.NaN, 0.5]]);
      const lost = tf.concat([tf.fill([1, 1, 4], Number.NaN), tf.ones([1, 1, 4])], 1);
      for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const) {
        const [y] = umnn[map](x, tf.ones([1, 2, 4]));
        expect(valuesOf(y).map(Number.isNaN)).toEqual([true, false]);
        const [z] = umnn[map](tf.zeros([1, 2]), lost);
        expect(valuesOf(z).map(Number.isNaN)).toEqual([true, false]);
      }
    });
    umnn.dispose();
  });

  test('leaves no tensor behind', () => {
    const umnn = drawn();
    const [x, h] = [points(5), embeddings(5)];
    expectNoLeak(() => umnn.forwardAndLogDet(x, h));
    expectNoLeak(() => umnn.inverseAndLogDet(x, h));
    for (const map of ['forwardAndLogDet', 'inverseAndLogDet'] as const)
      expectNoLeak(() => tf.grads((x: Tensor, h: Tensor) => tf.addN(umnn[map](x, h)))([x, h]));
    expectNoLeak(() => {
      new UMNN(Key.from(1), { lipschitz: 1 }).dispose();
    });
    tf.dispose([x, h]);
    umnn.dispose();
  });
});

test('memory of the backward pass is the same for 20, 100 and 500 steps', () => {
  const peak = (steps: number) => {
    const umnn = drawn({ steps, rowsAtOnce: 1000, activation: 'tanh' });
    const [x, h] = [points(500), embeddings(500)];
    const engine = tf.engine();
    const before = tf.memory().numBytes;
    let most = 0;
    // Every tensor that is made passes here.
    const track = engine.trackTensor.bind(engine);
    engine.trackTensor = (...args) => {
      track(...args);
      most = Math.max(most, tf.memory().numBytes);
    };
    tf.tidy(() => tf.variableGrads(() => tf.sum<tf.Scalar>(umnn.forwardAndLogDet(x, h)[0])));
    engine.trackTensor = track;
    tf.dispose([x, h]);
    umnn.dispose();
    return most - before;
  };
  const [few, more, many] = [20, 100, 500].map(peak) as [number, number, number];
  // But for the rule itself: a place and a weight for each step.
  expect(more - few).toBe(8 * 80);
  expect(many - few).toBe(8 * 480);
});

test('a Lipschitz constant is kept, in t and h together', () => {
  for (const activation of ['elu', 'silu', 'tanh'] as const) {
    const free = drawn({ activation, leastSlope: 0 }, 1);
    const limited = drawn({ activation, leastSlope: 0, lipschitz: 2 }, 1);
    tf.tidy(() => {
      const steepest = ({ area: { integrand } }: UMNN) => {
        const h = tf.reshape(embeddings(500), [-1, 4]);
        const t = tf.reshape(points(500), [-1]);
        const f = (t: Tensor, h: Tensor) => integrand.valueAndLog(t, integrand.at(h))[0];
        const [dt, dh] = tf.grads(f)([t, h]) as [Tensor, Tensor];
        const squares = tf.add(tf.square(dt), tf.sum(tf.square(dh), 1));
        return Math.sqrt(Math.max(...valuesOf(squares)));
      };
      expect(steepest(free)).toBeGreaterThan(10);
      expect(steepest(limited)).toBeLessThanOrEqual(2);
      expect(steepest(limited)).toBeGreaterThan(0.1);
    });
    free.dispose();
    limited.dispose();
  }
});

test('options that are unknown or outside their domain are refused', () => {
  const refused = (options: object, message: string) => {
    expect(() => new UMNN(Key.from(1), options)).toThrow(message);
  };
  refused({ step: 3 }, "unknown option 'step'");
  const few = new UMNN(Key.from(1), { steps: 3, embedding: 1 });
  expect(() => few.quadratureError(tf.ones([1]), tf.ones([1, 1]))).toThrow('at least 4');
  refused({ steps: 1 }, 'steps must be an integer >= 2, got 1');
  refused({ embedding: 0 }, 'embedding must be an integer >= 1, got 0');
  refused({ bound: 0 }, 'bound must be finite and > 0, got 0');
  refused({ leastSlope: 1 }, 'leastSlope must be in [0, 1), got 1');
  refused({ rowsAtOnce: 0 }, 'rowsAtOnce must be at least 1, got 0');
  refused({ rule: 'simpson' }, 'rule must be one of clenshawCurtis, gaussLegendre, got simpson');
  refused({ positive: 'exp' }, 'positive must be one of elu, softplus, got exp');
  refused({ lipschitz: 0 }, 'lipschitz must be finite and > 0, got 0');
});
