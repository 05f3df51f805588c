import { Affine, chain, Exp, Tanh } from '@pushforward/bijectors';
import { Key, Module, OptionError, parameter, ShapeError, type Tensor } from '@pushforward/tensors';
import {
  describeGolden,
  expectNoLeak,
  integrate1d,
  onEachEngine,
  valuesOf,
} from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Shift } from '../test/shift.js';
import {
  conditional,
  DiagonalNormal,
  type Distribution,
  Normal,
  normalizingFlow,
  pushforward,
  standardNormal,
} from './index.js';

describe('pushforward', () => {
  onEachEngine(() => {
    it('is closed under composition: base, then f, then g', () => {
      const f = new Affine(1, 0.5);
      const g = new Exp();
      const nested = pushforward(pushforward(new Normal(0, 1), f), g);
      const chained = pushforward(new Normal(0, 1), chain([f, g]));
      const x = tf.tensor1d([0.1, 1, 7]);
      expect(nested.logProb(x)).toBeAllClose(chained.logProb(x), { abs: 1e-6, rel: 1e-6 });
      expect(nested.sample(Key.from(1), [4])).toBeAllClose(chained.sample(Key.from(1), [4]), {
        rel: 1e-6,
      });
      const [sample, logProb] = nested.sampleAndLogProb(Key.from(1), [4]);
      expect(logProb).toBeAllClose(nested.logProb(sample), { abs: 1e-5, rel: 1e-5 });
    });

    it('has mass 1 on a bounded interval', () => {
      const law = pushforward(new Normal(0.5, 0.7), new Tanh());
      // tanh u runs over (-1, 1) as u runs over the line, du/dx = 1 / (1 - x^2).
      const density = (u: Tensor) => {
        const x = tf.tanh(u.squeeze([1]));
        return tf.mul(tf.exp(law.logProb(x)), tf.sub(1, tf.square(x)));
      };
      expect(integrate1d(density, { reach: 6 })).toBeCloseTo(1, 4);
    });

    it('adds log-determinants of a scalar map over an event of any shape', () => {
      const law = pushforward(standardNormal([2, 3, 1]), new Affine(0, 2));
      const x = tf.ones([5, 2, 3, 1]);
      const one = -0.5 * 0.25 - Math.log(2) - 0.5 * Math.log(2 * Math.PI);
      expect(law.logProb(x)).toBeAllClose(tf.fill([5], 6 * one), { rel: 1e-6 });
    });

    it('reads a flow from data to noise', () => {
      const g = new Affine(-1, 0.5);
      const law = normalizingFlow(g, new Normal(0, 1));
      // x = (z + 1) / 0.5.
      expect(law.logProb(tf.tensor1d([2, 3]))).toBeAllClose(
        new Normal(2, 2).logProb(tf.tensor1d([2, 3])),
        { rel: 1e-6 },
      );
      expect(law.bijector.inverse(tf.tensor1d([2, 4]))).toBeAllClose([0, 1], { abs: 1e-6 });
    });

    it('draws for every row of the context', () => {
      const context = tf.tensor2d([
        [100, 0],
        [0, 100],
        [-100, -100],
      ]);
      const laws: Record<string, Distribution> = {
        'conditional map': pushforward(standardNormal([2]), new Shift(2)),
        'conditional base': pushforward(around(), new Affine(0, 1)),
        both: pushforward(around(), new Shift(2)),
      };
      for (const [name, law] of Object.entries(laws)) {
        const centre = name === 'both' ? tf.mul(2, context) : context;
        for (const shape of [[], [4], [4, 2]]) {
          const [x, logProb] = law.sampleAndLogProb(Key.from(1), shape, context);
          expect(x.shape).toEqual([...shape, 3, 2]);
          expect(x).toBeAllClose(law.sample(Key.from(1), shape, context), {});
          expect(logProb.shape).toEqual([...shape, 3]);
          expect(logProb).toBeAllClose(law.logProb(x, context), { abs: 1e-4 });
          const noise = tf.sub(x, centre);
          expect(Math.max(...valuesOf(tf.abs(noise)))).toBeLessThan(6);
          // Rows differ: no two contexts share their noise.
          expect(new Set(valuesOf(noise).map((z) => z.toFixed(3))).size).toBeGreaterThan(
            0.9 * noise.size,
          );
        }
        // One context for a whole batch of x.
        const x = tf.add(context.slice([0], [1]), tf.randomNormal([5, 2], 0, 1, 'float32', 1));
        const rows = tf.unstack(x).map((row) => law.logProb(row, tf.tensor1d([100, 0])));
        expect(law.logProb(x, tf.tensor1d([100, 0]))).toBeAllClose(tf.stack(rows), { rel: 1e-6 });
      }
    });

    it('tells contexts and parameter sets apart', () => {
      const law = pushforward(
        new DiagonalNormal(
          [
            [0, 0],
            [50, 50],
          ],
          1,
        ),
        new Shift(2),
      );
      const context = tf.tensor2d([
        [1000, 0],
        [0, 1000],
        [-1000, 0],
      ]);
      const [x, logProb] = law.sampleAndLogProb(Key.from(2), [4], context);
      expect(x.shape).toEqual([4, 3, 2, 2]);
      expect(logProb).toBeAllClose(law.logProb(x, context), { abs: 1e-3 });
      const centre = tf.add(tf.expandDims(context, 1), [
        [0, 0],
        [50, 50],
      ]);
      expect(Math.max(...valuesOf(tf.abs(tf.sub(x, centre))))).toBeLessThan(6);
    });

    it('passes gradients through draws and densities', () => {
      const shift = parameter(tf.scalar(0.5));
      const scale = parameter(tf.scalar(2));
      const law = pushforward(new Normal(0, 1), new Affine(shift, scale));
      expect([...law.namedParameters().keys()]).toEqual(['bijector.shift', 'bijector.scale']);
      const z = valuesOf(new Normal(0, 1).sample(Key.from(3), [50]));
      const ofDraws = tf.variableGrads(
        () => tf.mean(law.sample(Key.from(3), [50])).asScalar(),
        law.parameters(),
      );
      const meanOfNoise = z.reduce((sum, value) => sum + value, 0) / 50;
      expect(Object.values(ofDraws.grads)[0]).toBeAllClose(1, { rel: 1e-5 });
      expect(Object.values(ofDraws.grads)[1]).toBeAllClose(meanOfNoise, { abs: 1e-6 });
      // log p = -((x - a) / b)^2 / 2 - log b.
      const ofLogProb = tf.variableGrads(
        () => law.logProb(tf.scalar(3)).asScalar(),
        law.parameters(),
      );
      expect(Object.values(ofLogProb.grads)[0]).toBeAllClose(2.5 / 4, { rel: 1e-5 });
      expect(Object.values(ofLogProb.grads)[1]).toBeAllClose(2.5 ** 2 / 8 - 0.5, { rel: 1e-5 });
    });

    it('leaves no tensor behind', () => {
      const law = pushforward(around(), new Shift(2));
      const context = tf.zeros([3, 2]);
      const x = tf.zeros([3, 2]);
      expectNoLeak(() => law.logProb(x, context));
      expectNoLeak(() => law.sample(Key.from(1), [2], context));
      expectNoLeak(() => law.sampleAndLogProb(Key.from(1), [2], context));
      expectNoLeak(() => law.loss({ x, context }, Key.from(1)));
      expectNoLeak(() => {
        law.prepare({ x, context });
      });
    });
  });

  it('prepares its map from data and its base from what that leaves', () => {
    const outer = new Recorder(5);
    const inner = new Recorder(7);
    pushforward(pushforward(standardNormal([1]), inner), outer).prepare({ x: tf.tensor2d([[20]]) });
    // From noise to data, data are what comes out; the map of a flow, from data to noise, is fed them.
    expect(outer.seen).toEqual(['out', 20]);
    expect(inner.seen).toEqual(['out', 15]);
    const other = new Recorder(5);
    normalizingFlow(other, standardNormal([1])).prepare({ x: tf.tensor2d([[20]]) });
    expect(other.seen).toEqual(['in', 20]);
  });

  it('refuses contexts and events that do not fit', () => {
    const law = pushforward(standardNormal([2]), new Shift(2));
    const x = tf.zeros([3, 2]);
    expect(() => law.logProb(x)).toThrow(ShapeError);
    expect(() => law.sample(Key.from(1))).toThrow(ShapeError);
    expect(() => law.logProb(x, tf.zeros([3, 5]))).toThrow(ShapeError);
    expect(() => law.logProb(x, tf.zeros([4, 2]))).toThrow(
      'the batches of x and of the law: shapes must agree or be 1 on every axis, got [3] and [4]',
    );
    expect(() => law.logProb(tf.zeros([3, 3]), tf.zeros([3, 2]))).toThrow(ShapeError);
    expect(() => pushforward(new Normal(0, 1), new Shift(2))).toThrow(OptionError);
    const other = conditional(new Identity(3), (h) => new DiagonalNormal(tf.slice(h, 0, 2), 1));
    expect(() => pushforward(other, new Shift(2))).toThrow(
      'pushforward: base and bijector must share one context size, got 3 and 2.',
    );
  });
});

describeGolden('t02_distributions', ({ cases, tolerance }) => {
  it.each(cases.filter(({ name }) => name.startsWith('log_normal')))(
    '$name',
    ({ params, input, output }) => {
      const law = pushforward(new Normal(params.number('loc'), params.number('scale')), new Exp());
      // Outside the range of exp there is no inverse: the file's -Infinity is left to the caller.
      const x = input.vector('x');
      const inside = x.map((_, i) => i).filter((i) => x[i]! > 0);
      expect(law.logProb(tf.tensor1d(inside.map((i) => x[i]!)))).toBeAllClose(
        inside.map((i) => output.vector('log_prob')[i]!),
        tolerance,
      );
    },
  );
});

/** A network that tells the context itself. */
class Identity extends Module {
  readonly outputs: number;

  constructor(readonly inputs: number) {
    super();
    this.outputs = inputs;
  }

  apply(context: Tensor): Tensor {
    return context;
  }
}

/** N(context, 1). */
function around(): Distribution {
  return conditional(new Identity(2), (h) => new DiagonalNormal(h, 1));
}

/** y = x + shift, and remembers the data that it was prepared with, and on which side. */
class Recorder extends Affine {
  seen: (string | number)[] = [];

  override prepare(x: Tensor): void {
    this.seen = ['in', ...valuesOf(x)];
  }

  override prepareInverse(y: Tensor): void {
    this.seen = ['out', ...valuesOf(y)];
  }
}
