import { Autoregressive } from '@pushforward/conditioners';
import { twoMoons } from '@pushforward/datasets';
import type { Pushforward } from '@pushforward/distributions';
import { DomainError, Key, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import {
  type AffineFlowOptions,
  iaf,
  maf,
  nsfAutoregressive,
  nsfCoupling,
  realNVP,
  type SplineFlowOptions,
} from './index.js';

type Options = AffineFlowOptions & SplineFlowOptions;

const constructors = { realNVP, maf, iaf, nsfCoupling, nsfAutoregressive } as const;
const names = Object.keys(constructors) as (keyof typeof constructors)[];
const [forFlow, forWeights, forX, forContext] = Key.from(1).split(4);

/** A flow that is far from its start. */
function scattered(name: keyof typeof constructors, options: Partial<Options> = {}): Pushforward {
  const flow = constructors[name](forFlow, { features: 3, hidden: [16], ...options });
  for (const [i, variable] of flow.parameters().entries())
    tf.tidy(() => {
      variable.assign(tf.add(variable, tf.mul(0.1, forWeights.foldIn(i).normal(variable.shape))));
    });
  return flow;
}

function standardNormalLogProb(x: tf.Tensor): tf.Tensor {
  return tf.sub(
    tf.mul(-0.5, tf.sum(tf.square(x), -1)),
    (x.shape.at(-1)! / 2) * Math.log(2 * Math.PI),
  );
}

/** -log of the density that a normal law of their mean and covariance gives the points, on average. */
function gaussianLoss(x: tf.Tensor): number {
  const centred = tf.sub(x, tf.mean(x, 0));
  const [[a, b], [c, d]] = tf.div(tf.matMul(centred, centred, true), x.shape[0]).arraySync() as [
    [number, number],
    [number, number],
  ];
  return Math.log(2 * Math.PI * Math.E) + 0.5 * Math.log(a * d - b * c);
}

onEachEngine((engine) => {
  describe.each(names)('%s', (name) => {
    const permutations = ['reverse', 'random', 'lu'] as const;

    it.each(permutations)('starts as the standard normal law (%s)', (permutation) => {
      const flow = constructors[name](forFlow, { features: 3, permutation, actNorm: true });
      const x = tf.mul(2, forX.normal([10, 3]));
      expect(flow.logProb(x)).toBeAllClose(standardNormalLogProb(x), { abs: 1e-5, rel: 1e-5 });
    });

    it.each(permutations)('agrees with itself on its draws (%s)', (permutation) => {
      const flow = scattered(name, { permutation, actNorm: true });
      const [x, logProb] = flow.sampleAndLogProb(forX, [20]);
      expect([x.shape, logProb.shape]).toEqual([[20, 3], [20]]);
      expect(flow.logProb(x)).toBeAllClose(logProb, { abs: 1e-4, rel: 1e-4 });
      expect(flow.sample(forX, [20])).toBeAllClose(x, { abs: 1e-5 });
    });

    it('depends on its context', () => {
      const flow = scattered(name, { context: 2 });
      const context = forContext.normal([4, 2]);
      const x = tf.tile(forX.normal([1, 3]), [4, 1]);
      expect(new Set(flow.logProb(x, context).dataSync()).size).toBe(4);
      const [draws, logProb] = flow.sampleAndLogProb(forX, [5], context);
      expect([draws.shape, logProb.shape]).toEqual([
        [5, 4, 3],
        [5, 4],
      ]);
      expect(flow.logProb(draws, context)).toBeAllClose(logProb, { abs: 1e-4, rel: 1e-4 });
      expect(() => flow.logProb(x)).toThrow(ShapeError);
      expect(() => flow.sample(forX, [5])).toThrow('a context of shape [..., 2] is required');
      expect(() => scattered(name).logProb(x, context)).toThrow('no context is expected');
    });

    it('leaks nothing', () => {
      const flow = scattered(name, { context: 2 });
      const [x, context] = [forX.normal([4, 3]), forContext.normal([4, 2])];
      expectNoLeak(() => flow.logProb(x, context));
      expectNoLeak(() => flow.sample(forX, [5], context));
      expectNoLeak(() => flow.sampleAndLogProb(forX, [5], context));
      expectNoLeak(() => tf.grad((x) => tf.sum(flow.logProb(x, context)))(x));
      expectNoLeak(() => {
        constructors[name](forFlow, {
          features: 3,
          context: 2,
          permutation: 'lu',
          actNorm: true,
        }).dispose();
      });
    });
  });

  // The plain JavaScript engine would take minutes.
  if (engine !== 'cpu')
    describe('in 200 steps', () => {
      it.each(names)('%s learns two moons better than a normal law can', (name) => {
        const data = twoMoons(Key.from(3), 1024);
        const flow = constructors[name](forFlow, { features: 2, transforms: 2, hidden: [32] });
        const adam = tf.train.adam(1e-2);
        for (let epoch = 0; epoch < 20; epoch++)
          for (const batch of data.batches(forX.foldIn(epoch), 100)) {
            adam.minimize(() => flow.loss(batch, forX) as tf.Scalar, false, flow.parameters());
            tf.dispose(batch);
          }
        const { x } = twoMoons(Key.from(4), 2000).batch();
        expect(flow.loss({ x }, forX).dataSync()[0]).toBeLessThan(gaussianLoss(x) - 0.1);
      });
    });
});

describe('the passes of a network', () => {
  it.each([
    ['maf', maf, { density: 3, draw: 12 }],
    ['iaf', iaf, { density: 12, draw: 3 }],
    ['nsfAutoregressive', nsfAutoregressive, { density: 3, draw: 12 }],
  ] as const)('%s takes as many as it says', (_, build, { density, draw }) => {
    const flow = build(forFlow, { features: 4, transforms: 3, hidden: [8] });
    const passes = vi.spyOn(Autoregressive.prototype, 'parametersOf');
    flow.logProb(forX.normal([2, 4]));
    expect(passes).toHaveBeenCalledTimes(density);
    flow.sample(forX, [2]);
    expect(passes).toHaveBeenCalledTimes(density + draw);
    passes.mockRestore();
  });
});

describe('the order of the dimensions', () => {
  /** Which dimensions a flow's image depends on, and on which data: two transforms, by their Jacobian. */
  const reads = (name: keyof typeof constructors, options: Partial<Options>) => {
    const { bijector } = scattered(name, { activation: 'tanh', ...options });
    const D = options.features ?? 3;
    const x = forX.normal([1, D]);
    return Array.from({ length: D }, (_, i) =>
      Array.from(
        tf
          .grad((x) => tf.sum(tf.slice(bijector.inverse(x), [0, i], [1, 1])))(x)
          .dataSync(),
        (slope) => Number(slope !== 0),
      ),
    );
  };

  it.each(['reverse', 'random'] as const)(
    'mixes all in a pair of transforms (%s)',
    (permutation) => {
      for (const name of ['maf', 'iaf', 'nsfAutoregressive'] as const)
        expect(reads(name, { features: 5, transforms: 2, permutation }).flat()).not.toContain(0);
    },
  );

  it.each([2, 3, 4, 5])(
    'lets every one of %i dimensions be transformed by couplings',
    (features) => {
      for (const permutation of ['reverse', 'random', 'lu'] as const) {
        const slopes = reads('realNVP', { features, transforms: 2, permutation });
        for (const row of slopes) expect(row.reduce((sum, on) => sum + on)).toBeGreaterThan(1);
      }
    },
  );
});

describe('one feature', () => {
  it.each(['maf', 'iaf', 'nsfAutoregressive'] as const)('is enough for %s', (name) => {
    const flow = scattered(name, { features: 1, permutation: 'lu' });
    const [x, logProb] = flow.sampleAndLogProb(forX, [20]);
    expect(flow.logProb(x)).toBeAllClose(logProb, { abs: 1e-4 });
    const conditional = scattered(name, { features: 1, context: 2 });
    const context = forContext.normal([20, 2]);
    const [y, density] = conditional.sampleAndLogProb(forX, [], context);
    expect(conditional.logProb(y, context)).toBeAllClose(density, { abs: 1e-4 });
  });

  it.each(['realNVP', 'nsfCoupling'] as const)('is too few for %s', (name) => {
    expect(() => constructors[name](forFlow, { features: 1 })).toThrow(DomainError);
    expect(() => constructors[name](forFlow, { features: 1 })).toThrow(
      `${name}: a coupling splits the features in two and needs at least 2, got 1; for one feature take an autoregressive flow`,
    );
  });
});

describe('scores', () => {
  it.each(names)(
    'of %s can be matched: their own gradients are finite and not all zero',
    (name) => {
      const flow = scattered(name, { activation: 'silu', transforms: 2 });
      const x = forX.normal([4, 3]);
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(tf.grad((x) => tf.sum(flow.logProb(x)))(x))),
        flow.parameters(),
      );
      for (const gradient of Object.values(grads))
        expect(tf.all(tf.isFinite(gradient)).dataSync()[0]).toBe(1);
      const first = grads[flow.parameters()[0]!.name]!;
      expect(tf.max(tf.abs(first)).dataSync()[0]).toBeGreaterThan(0);
    },
  );
});
