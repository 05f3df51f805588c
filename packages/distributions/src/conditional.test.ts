import { Affine } from '@pushforward/bijectors';
import { exp, Key, Module, parameter, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { conditional, DiagonalNormal, given, Independent, Normal, pushforward } from './index.js';

describe('conditional', () => {
  onEachEngine(() => {
    it('is the law that the network tells of each context', () => {
      const law = make();
      expect(law.eventShape).toEqual([2]);
      expect(law.contextSize).toBe(1);
      const context = tf.tensor2d([[0], [1], [-1]]);
      const x = tf.tensor2d([
        [0.5, 1],
        [-1, 2],
        [0, 0],
      ]);
      const rows = [0, 1, 2].map((i) => {
        const c = context.arraySync()[i]![0]!;
        const given = new DiagonalNormal([c, 2 * c], [Math.exp(3 * c), Math.exp(4 * c)]);
        return given.logProb(tf.slice(x, [i], [1]));
      });
      expect(law.logProb(x, context)).toBeAllClose(tf.concat(rows), { abs: 1e-5, rel: 1e-5 });
      expect(law.mean!(context)).toBeAllClose(
        [
          [0, 0],
          [1, 2],
          [-1, -2],
        ],
        { rel: 1e-6 },
      );
      const { shape } = law.sample(Key.from(1), [5, 4], context);
      expect(shape).toEqual([5, 4, 3, 2]);
      const [draw, logProb] = law.sampleAndLogProb(Key.from(1), [5], context);
      expect(logProb).toBeAllClose(law.logProb(draw, context), { abs: 1e-5, rel: 1e-5 });
    });

    it('trains the network through densities and draws', () => {
      const law = make();
      expect([...law.namedParameters().keys()]).toEqual(['network.weight']);
      const context = tf.tensor2d([[1]]);
      // E[x] = (w_1, w_2): the mean of draws moves with them one to one.
      const { grads } = tf.variableGrads(
        () => tf.sum(law.sample(Key.from(2), [], context)).asScalar(),
        law.parameters(),
      );
      const noise = tf.div(tf.sub(law.sample(Key.from(2), [], context), law.mean!(context)), [
        Math.exp(3),
        Math.exp(4),
      ]);
      const expected = tf.concat([tf.ones([1, 2]), tf.mul(noise, [Math.exp(3), Math.exp(4)])], 1);
      expect(Object.values(grads)[0]).toBeAllClose(expected, { rel: 1e-4 });
    });

    it('at a context is the law there', () => {
      const law = make();
      const context = tf.tensor2d([[0], [1], [-1]]);
      const there = given(law, context);
      const wrapped = given(pushforward(law, new Affine(5, 1)), context);
      expect(there).toBeInstanceOf(DiagonalNormal);
      for (const one of [there, wrapped]) {
        expect([one.contextSize, ...one.batchShape]).toEqual([0, 3]);
        const shift = one === there ? 0 : 5;
        const [x, logProb] = one.sampleAndLogProb(Key.from(1), [4]);
        expect(x).toBeAllClose(tf.add(law.sample(Key.from(1), [4], context), shift), { abs: 1e-6 });
        expect(logProb).toBeAllClose(one.logProb(x), { abs: 1e-5, rel: 1e-5 });
        const batch = { x: tf.sub(x, shift), context };
        expect(one.loss({ x }, Key.from(1))).toBeAllClose(law.loss(batch, Key.from(1)), {
          rel: 1e-5,
        });
      }
      expect(() => given(there, context)).toThrow(ShapeError);
      expect(() => given(law, tf.zeros([2]))).toThrow(ShapeError);
    });

    it('trains the weights that a family holds', () => {
      const family = new Scaled();
      const law = conditional(new Linear(1, 2), family);
      expect([...law.namedParameters().keys()]).toEqual(['network.weight', 'family.scale']);
      expect(law.variance!(tf.zeros([1]))).toBeAllClose([9, 9], { rel: 1e-6 });
    });

    it('leaves no tensor behind', () => {
      expectNoLeak(() => {
        make().dispose();
      });
      const law = make();
      const context = tf.zeros([3, 1]);
      const x = tf.zeros([3, 2]);
      expectNoLeak(() => law.logProb(x, context));
      expectNoLeak(() => law.sampleAndLogProb(Key.from(1), [2], context));
      expectNoLeak(() => law.loss({ x, context }, Key.from(1)));
    });
  });

  it('has what the law has that it builds', () => {
    const law = conditional(new Linear(1, 1), (h) => new Normal(tf.squeeze(h, [-1]), 1));
    const c = tf.tensor2d([[2], [3]]);
    expect(law.cdf!(tf.tensor1d([0, 0]), c)).toBeAllClose([0.5, 0.5], { abs: 1e-6 });
    const joint = conditional(new Linear(1, 3), (h) => new Independent(new Normal(h, 1), 1));
    expect(joint).not.toHaveProperty('cdf');
    expect(joint.eventShape).toEqual([3]);
  });

  it('needs a context', () => {
    const law = make();
    expect(() => law.logProb(tf.zeros([2]))).toThrow(ShapeError);
    expect(() => law.sample(Key.from(1))).toThrow(ShapeError);
    expect(() => law.logProb(tf.zeros([2]), tf.zeros([4]))).toThrow(ShapeError);
    expect(() => law.logProb(tf.zeros([3]), tf.zeros([1]))).toThrow(ShapeError);
  });
});

/** N((c, 2c), diag(e^3c, e^4c)^2). */
function make() {
  const network = new Linear(1, 4, [1, 2, 3, 4]);
  return conditional(network, (h) => {
    const [loc, logScale] = tf.split(h, 2, -1);
    return new DiagonalNormal(loc!, exp(logScale!));
  });
}

/** Laws of one scale. */
class Scaled extends Module {
  private readonly scale = parameter(() => tf.scalar(3));

  law(h: Tensor) {
    return new DiagonalNormal(h, this.scale);
  }
}

class Linear extends Module {
  private readonly weight: tf.Variable;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    weights: number[] = Array<number>(inputs * outputs).fill(0),
  ) {
    super();
    this.weight = tf.tidy(() => parameter(tf.tensor2d(weights, [inputs, outputs])));
  }

  apply(x: Tensor): Tensor {
    return tf
      .matMul(tf.reshape(x, [-1, this.inputs]), this.weight)
      .reshape([...x.shape.slice(0, -1), this.outputs]);
  }
}
