import { Linear } from '@pushforward/nn';
import { DomainError, Key, type Module, OptionError, ShapeError } from '@pushforward/tensors';
import { expectNoLeak, jacobian, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Adjacency, Autoregressive, type Conditioner, Coupling } from './index.js';

const [forNet, forWeights, forX, forContext] = Key.from(1).split(4);

/** Gives every weight, those that start at zero too, a value of its own. */
function randomise<M extends Module>(module: M): M {
  for (const [i, variable] of module.parameters().entries())
    variable.assign(tf.mul(0.7, forWeights.foldIn(i).normal(variable.shape)));
  return module;
}

/** `[T][D]`: whether the parameters of a transformed dimension depend on x_j, by automatic differentiation. */
function dependence(conditioner: Conditioner, x: tf.Tensor, context?: tf.Tensor): number[][] {
  const slopes = jacobian(
    (x) => tf.reshape(conditioner.parametersOf(x, context), [x.shape[0], -1]),
    x,
  );
  const P = conditioner.parameterCount;
  return conditioner.transformed.map((_, t) =>
    slopes[0]![0]!.map((_, j) =>
      Number(slopes.some((at) => at.slice(t * P, (t + 1) * P).some((row) => row[j] !== 0))),
    ),
  );
}

const graph: Adjacency = [
  [0, 0, 0, 0, 0],
  [1, 0, 0, 0, 1],
  [1, 0, 0, 0, 0],
  [0, 1, 1, 0, 0],
  [1, 0, 0, 0, 0],
];

onEachEngine(() => {
  describe.each([
    ['an order', { order: [2, 0, 4, 1, 3] }],
    ['a graph', { adjacency: graph }],
    ['a residual network', { adjacency: graph, residual: true }],
  ] as const)('Autoregressive by %s', (_, options) => {
    const build = (context: number) =>
      new Autoregressive(forNet, {
        features: 5,
        parameters: 3,
        context,
        hidden: [12, 12],
        activation: 'silu',
        ...options,
      });

    it.each([0, 2])('reads its graph and %i numbers of context', (size) => {
      const conditioner = randomise(build(size));
      const x = forX.normal([4, 5]);
      const context = size > 0 ? forContext.normal([4, size]) : undefined;
      expect(dependence(conditioner, x, context)).toEqual(conditioner.adjacency);
      expect(conditioner.parametersOf(x, context).shape).toEqual([4, 5, 3]);
      if (context === undefined) return;
      const seen = jacobian((c) => tf.reshape(conditioner.parametersOf(x, c), [4, 15]), context);
      expect(seen.flat(2)).not.toContain(0);
    });

    it('starts at zero and leaks nothing', () => {
      expect(build(0).parametersOf(forX.normal([4, 5]))).toBeAllClose(0, {});
      const conditioner = randomise(build(2));
      const [x, context] = [forX.normal([3, 4, 5]), forContext.normal([4, 2])];
      expectNoLeak(() => conditioner.parametersOf(x, context));
      expectNoLeak(() => {
        build(2).dispose();
      });
    });
  });

  describe('Coupling', () => {
    const mask = [1, 0, 0, 1, 1];
    const options = { mask, parameters: 3, hidden: [8, 8], activation: 'silu' } as const;

    it.each([false, true])('reads the dimensions of mask 1 (residual: %s)', (residual) => {
      const conditioner = randomise(new Coupling(forNet, { ...options, residual }));
      const x = forX.normal([4, 5]);
      expect(conditioner.transformed).toEqual([1, 2]);
      expect(conditioner.depth).toBe(1);
      expect(conditioner.parametersOf(x).shape).toEqual([4, 2, 3]);
      expect(dependence(conditioner, x)).toEqual([mask, mask]);
      expect(dependence(conditioner, x)).toEqual([1, 2].map((i) => conditioner.adjacency[i]));
    });

    it('takes a network of one’s own', () => {
      const conditioner = new Coupling(forNet, {
        mask,
        parameters: 2,
        context: 1,
        network: (key, inputs, outputs) => new Linear(key, inputs, outputs),
      });
      expect(conditioner.net.inputs).toBe(4);
      expect(conditioner.net.outputs).toBe(4);
      expect([...conditioner.namedParameters().keys()]).toEqual(['net.weight', 'net.bias']);
    });

    it('starts at zero, or near it, and leaks nothing', () => {
      const [x, context] = [forX.normal([3, 4, 5]), forContext.normal([4, 2])];
      const zero = new Coupling(forNet, { ...options, context: 2 });
      expect(zero.parametersOf(x, context)).toBeAllClose(0, {});
      const near = new Coupling(forNet, { ...options, context: 2, lastScale: 1e-3 });
      const h = near.parametersOf(x, context);
      expect(h).toBeAllClose(0, { abs: 1e-2 });
      expect(h).not.toBeAllClose(0, { abs: 1e-5 });
      expectNoLeak(() => near.parametersOf(x, context));
    });
  });

  it('broadcasts context against the batch of x', () => {
    const conditioner = randomise(
      new Autoregressive(forNet, { features: 2, parameters: 2, context: 3, hidden: [8] }),
    );
    const x = forX.normal([4, 5, 2]);
    const context = forContext.normal([5, 3]);
    const h = conditioner.parametersOf(x, context);
    expect(h.shape).toEqual([4, 5, 2, 2]);
    const row = (i: number, j: number) =>
      conditioner.parametersOf(
        tf.reshape(tf.slice(x, [i, j, 0], [1, 1, 2]), [2]),
        tf.reshape(tf.slice(context, [j, 0], [1, 3]), [3]),
      );
    for (const [i, j] of [
      [0, 0],
      [3, 1],
      [2, 4],
    ] as const)
      expect(tf.reshape(tf.slice(h, [i, j, 0, 0], [1, 1, 2, 2]), [2, 2])).toBeAllClose(row(i, j), {
        abs: 1e-6,
      });
    const one = tf.reshape(tf.slice(x, [0, 0, 0], [1, 1, 2]), [2]);
    expect(conditioner.parametersOf(one, context).shape).toEqual([5, 2, 2]);
    expect(() => conditioner.parametersOf(x, forContext.normal([4, 3]))).toThrow(ShapeError);
    expect(() => conditioner.parametersOf(x, forContext.normal([4, 3]))).toThrow(
      'must agree or be 1 on every axis, got [4, 5] and [4]',
    );
  });
});

describe('Autoregressive', () => {
  it('has the sparsity of any graph, as its Jacobian shows', () => {
    const graphs = fc.integer({ min: 2, max: 6 }).chain((size) =>
      fc
        .tuple(
          fc.array(fc.nat(1), { minLength: size * size, maxLength: size * size }),
          fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
          fc.boolean(),
          fc.array(fc.integer({ min: 6, max: 12 }), { minLength: 1, maxLength: 2 }),
        )
        .map(([entries, rank, residual, hidden]) => ({
          adjacency: rank.map((a, i) => rank.map((b, j) => (b < a ? entries[i * size + j]! : 0))),
          residual,
          hidden: residual ? hidden.map(() => hidden[0]!) : hidden,
        })),
    );
    fc.assert(
      fc.property(graphs, ({ adjacency, residual, hidden }) => {
        const features = adjacency.length;
        const conditioner = new Autoregressive(forNet, {
          features,
          parameters: 2,
          adjacency,
          hidden,
          residual,
          activation: 'tanh',
        });
        tf.tidy(() => {
          expect(dependence(randomise(conditioner), forX.normal([2, features]))).toEqual(adjacency);
        });
        conditioner.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it('is a constant for a single dimension without context', () => {
    const conditioner = randomise(
      new Autoregressive(forNet, { features: 1, parameters: 2, hidden: [16] }),
    );
    const h = conditioner.parametersOf(tf.tensor2d([[1], [-3]]));
    expect(tf.slice(h, 0, 1)).toBeAllClose(tf.slice(h, 1, 1), {});
    expect(dependence(conditioner, forX.normal([3, 1]))).toEqual([[0]]);
    expect(tf.max(tf.abs(h)).dataSync()[0]).toBeGreaterThan(0.01);
  });
});

describe('conditioners refuse', () => {
  const made = { features: 3, parameters: 2, hidden: [8] };
  const coupled = { mask: [1, 0], parameters: 2, hidden: [8] };
  it.each([
    [
      'an order and a graph',
      () => new Autoregressive(forNet, { ...made, order: [0, 1, 2], adjacency: graph }),
      OptionError,
      'not both',
    ],
    [
      'a graph of another size',
      () => new Autoregressive(forNet, { ...made, adjacency: graph }),
      OptionError,
      'must be of 3 features, got 5',
    ],
    [
      'a cycle',
      () =>
        new Autoregressive(forNet, {
          ...made,
          features: 2,
          adjacency: [
            [0, 1],
            [1, 0],
          ],
        }),
      DomainError,
      'Autoregressive: the graph must have no cycle, got',
    ],
    [
      'too narrow a layer',
      () => new Autoregressive(forNet, { ...made, hidden: [8, 1] }),
      OptionError,
      'each of the 2 different sets of inputs that the graph has, got width 1',
    ],
    [
      'half a parameter',
      () => new Autoregressive(forNet, { ...made, parameters: 1.5 }),
      DomainError,
      'parameters must be an integer >= 1, got 1.5',
    ],
    [
      'a negative context',
      () => new Coupling(forNet, { ...coupled, context: -1 }),
      DomainError,
      'context must be an integer >= 0, got -1',
    ],
    [
      'unknown options',
      () => new Autoregressive(forNet, { ...made, degrees: 'random' } as never),
      OptionError,
      "Autoregressive: unknown option 'degrees'",
    ],
    [
      'no hidden layers',
      () => new Coupling(forNet, { mask: [1, 0], parameters: 2 }),
      OptionError,
      'give the hidden widths, or a network',
    ],
    [
      'hidden layers beside a network',
      () => new Coupling(forNet, { ...coupled, network: (key) => new Linear(key, 1, 2) }),
      OptionError,
      'there is no hidden',
    ],
    [
      'a network of another size',
      () =>
        new Coupling(forNet, {
          mask: [1, 0],
          parameters: 2,
          network: (key) => new Linear(key, 1, 3),
        }),
      ShapeError,
      'must map 1 numbers to 2, got one from 1 to 3',
    ],
    [
      'a mask that keeps nothing',
      () => new Coupling(forNet, { ...coupled, mask: [0] }),
      DomainError,
      'one of each at least, got 0',
    ],
    [
      'a missing context',
      () => new Autoregressive(forNet, { ...made, context: 2 }).parametersOf(tf.zeros([1, 3])),
      ShapeError,
      'Autoregressive: a context of shape [..., 2] is required, got none',
    ],
    [
      'an unexpected context',
      () => new Coupling(forNet, coupled).parametersOf(tf.zeros([1, 2]), tf.zeros([1, 2])),
      ShapeError,
      'Coupling: no context is expected',
    ],
  ] as const)('%s', (_, run, error, message) => {
    expect(run).toThrow(error);
    expect(run).toThrow(message);
  });
});
