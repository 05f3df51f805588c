import { Key, type Module, OptionError, ShapeError } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, jacobian, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Activation, activation, activationNames, MLP, ResidualNet } from './index.js';

const [forNet, forWeights, forX] = Key.from(1).split(3);

/** Gives every weight, those that start at zero too, a value of its own. */
function randomise(module: Module): void {
  for (const [i, variable] of module.parameters().entries())
    variable.assign(forWeights.foldIn(i).normal(variable.shape));
}

onEachEngine(() => {
  it.each(activationNames)('%s passes NaN on, alone and in a row', (name) => {
    for (const length of [1, 9])
      expect(activation(name)(tf.fill([length], Number.NaN))).toBeAllClose(
        Array.from({ length }, () => Number.NaN),
        {},
      );
  });

  it('silu has exact slopes in both tails', () => {
    const x = tf.tensor1d([-1e30, -30, 30, 1e30]);
    const slopes = [0, -29 * Math.exp(-30), 1, 1];
    expect(tf.grad(activation('silu'))(x)).toBeAllClose(slopes, { rel: 1e-5 });
  });

  describe('MLP', () => {
    it('is its layers with activations between', () => {
      const net = new MLP(forNet, { inputs: 3, outputs: 2, hidden: [5, 4], activation: 'tanh' });
      const x = forX.normal([7, 3]);
      const [a, b, c] = net.layers;
      const tanh = activation('tanh');
      expect(net.apply(x)).toBeAllClose(c!.apply(tanh(b!.apply(tanh(a!.apply(x))))), {});
      expect([...net.namedParameters().keys()]).toEqual([
        'layers.0.weight',
        'layers.0.bias',
        'layers.1.weight',
        'layers.1.bias',
        'layers.2.weight',
        'layers.2.bias',
      ]);
      expectNoLeak(() => net.apply(x));
    });

    it('takes any batch rank', () => {
      const net = new MLP(forNet, { inputs: 3, outputs: 2, hidden: [8] });
      const x = forX.normal([2, 5, 3]);
      const y = net.apply(x);
      expect(y.shape).toEqual([2, 5, 2]);
      expect(tf.reshape(y, [10, 2])).toBeAllClose(net.apply(tf.reshape(x, [10, 3])), {
        abs: 1e-6,
      });
      expect(net.apply(tf.zeros([3])).shape).toEqual([2]);
    });

    it('starts at zero with lastScale 0, and is linear without hidden layers', () => {
      const zero = new MLP(forNet, { inputs: 3, outputs: 2, hidden: [8], lastScale: 0 });
      expect(zero.apply(forX.normal([4, 3]))).toBeAllClose(0, {});
      expect(new MLP(forNet, { inputs: 3, outputs: 2, hidden: [] }).layers.length).toBe(1);
    });

    it('gives the same weights for the same key', () => {
      const options = { inputs: 2, outputs: 1, hidden: [4] };
      const x = forX.normal([3, 2]);
      const y = new MLP(forNet, options).apply(x);
      expect(new MLP(forNet, options).apply(x)).toBeAllClose(y, {});
      expect(new MLP(forX, options).apply(x)).not.toBeAllClose(y, { abs: 1e-3 });
    });
  });

  describe('ResidualNet', () => {
    const options = { inputs: 3, outputs: 2, hidden: [6, 6], activation: 'silu' } as const;

    it('is h + W2 a(W1 a(h)), block after block', () => {
      const net = new ResidualNet(forNet, options);
      randomise(net);
      const x = tf.mul(0.3, forX.normal([5, 3]));
      const silu = activation('silu');
      let h = net.first.apply(x);
      for (const { first, second } of net.blocks)
        h = tf.add(h, second.apply(silu(first.apply(silu(h)))));
      expect(net.apply(x)).toBeAllClose(net.last.apply(silu(h)), {});
      expect([...net.namedParameters().keys()].slice(0, 4)).toEqual([
        'first.weight',
        'first.bias',
        'blocks.0.first.weight',
        'blocks.0.first.bias',
      ]);
      expectNoLeak(() => net.apply(x));
      expectNoLeak(() => {
        new ResidualNet(forNet, options).dispose();
      });
    });

    it('starts with blocks that change nothing', () => {
      const net = new ResidualNet(forNet, options);
      const x = forX.normal([5, 3]);
      const expected = net.last.apply(activation('silu')(net.first.apply(x)));
      expect(net.apply(x)).toBeAllClose(expected, {});
      const quiet = new ResidualNet(forNet, { ...options, lastScale: 0 });
      expect(quiet.apply(x)).toBeAllClose(0, {});
    });

    it('keeps the sparsity of its masks', () => {
      // Two groups that never meet: inputs 0, 1 with output 0, input 2 with output 1.
      const together = (a: readonly number[], b: readonly number[]) =>
        a.map((group) => b.map((other) => Number(group === other)));
      const [inputs, hidden, outputs] = [
        [0, 0, 1],
        [0, 1, 0, 1],
        [0, 1],
      ];
      const inner = Array<number[][]>(4).fill(together(hidden, hidden));
      const net = new ResidualNet(forNet, {
        ...options,
        hidden: [4, 4],
        masks: [together(hidden, inputs), ...inner, together(outputs, hidden)],
      });
      randomise(net);
      for (const slopes of jacobian((x) => net.apply(x), forX.normal([3, 3])))
        expect(slopes.map((row) => row.map((entry) => Number(entry !== 0)))).toEqual([
          [1, 1, 0],
          [0, 0, 1],
        ]);
    });
  });

  describeGolden('t13_flows', ({ cases, tolerance }) => {
    it.each(cases.filter(({ name }) => name.startsWith('made')))(
      '$name',
      ({ params, input, output }) => {
        const layers = params.record('net').records('layers');
        const masks = layers.map((layer) => layer.matrix('mask'));
        const net = new MLP(forNet, {
          inputs: masks[0]![0]!.length,
          outputs: masks.at(-1)!.length,
          hidden: masks.slice(0, -1).map((mask) => mask.length),
          activation: params.record('net').text('activation') as Activation,
          masks,
        });
        for (const [i, layer] of layers.entries()) {
          net.layers[i]!.weight.assign(tf.transpose(layer.tensor('W')));
          net.layers[i]!.bias!.assign(layer.tensor('b'));
        }
        const x = input.tensor('x');
        expect(net.apply(x)).toBeAllClose(output.tensor('y'), tolerance);
        const slopes = jacobian((x) => net.apply(x), x);
        expect(slopes).toBeAllClose(output.tensor('jacobian'), tolerance);
        const allowed = output.matrix('allowed');
        for (const [o, row] of allowed.entries())
          for (const [j, entry] of row.entries())
            if (entry === 0) expect(slopes.map((at) => at[o]![j])).toEqual(slopes.map(() => 0));
      },
    );
  });
});

describe('networks refuse', () => {
  const sizes = { inputs: 3, outputs: 2 };
  it.each([
    [
      'unknown options',
      () => new MLP(forNet, { ...sizes, hidden: [4], zeroLast: true } as never),
      "MLP: unknown option 'zeroLast'",
    ],
    [
      'unknown activations',
      () => new MLP(forNet, { ...sizes, hidden: [4], activation: 'swish' as Activation }),
      "known are relu, leakyRelu, elu, tanh, sigmoid, softplus, silu, gelu, got 'swish'",
    ],
    [
      'blocks of different widths',
      () => new ResidualNet(forNet, { ...sizes, hidden: [4, 5] }),
      'all equal, got [4, 5]',
    ],
    [
      'no block',
      () => new ResidualNet(forNet, { ...sizes, hidden: [] }),
      'one width per block, all equal, got []',
    ],
    [
      'too few masks',
      () => new MLP(forNet, { ...sizes, hidden: [1], masks: [[[1, 1, 1]]] }),
      '2 in all, got 1',
    ],
    [
      'masks of another size',
      () => new MLP(forNet, { ...sizes, hidden: [], masks: [[[1, 1, 1]]] }),
      'layer 0 must be [2][3], got [1][3]',
    ],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(OptionError);
    expect(run).toThrow(message);
  });

  it('x of another size', () => {
    const net = new MLP(forNet, { ...sizes, hidden: [4] });
    expect(() => net.apply(tf.zeros([5, 2]))).toThrow(ShapeError);
  });
});
