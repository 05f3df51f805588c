import { DomainError, Key, type Module, OptionError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { activation, sinusoidalEmbedding, Transformer, type TransformerOptions } from '../index.js';
import { Tokens } from './tokens.js';

const [forNet, forX, forT, forWeights] = Key.from(1).split(4);
const silu = activation('silu');

const small = { event: [6], patch: 2, width: 8, blocks: 2, heads: 2 } as const;

function randomise(module: Module): void {
  for (const [i, variable] of module.parameters().entries())
    variable.assign(tf.mul(0.5, forWeights.foldIn(i).normal(variable.shape)));
}

function argumentsOf({ event, context }: TransformerOptions, rows = 2): [Tensor, Tensor, Tensor?] {
  const [x, t] = [forX.normal([rows, ...event]), forT.uniform([rows])];
  return context === undefined ? [x, t] : [x, t, forX.normal([rows, context])];
}

/** (x - mean) / sqrt(variance + 1e-5) of each vector. */
function normalised(x: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
}

onEachEngine(() => {
  describe('Transformer', () => {
    it('is blocks that time and context shift, scale and gate', () => {
      const options = { ...small, context: 3 };
      const net = new Transformer(forNet, options);
      randomise(net);
      const [x, t, c] = argumentsOf(options);
      const time = net.time.apply(t, c);
      const told = (layer: { apply(x: Tensor): Tensor }, place: number) =>
        tf.expandDims(tf.slice(layer.apply(time), [0, 8 * place], [2, 8]), 1);
      const modulated = (x: Tensor, layer: { apply(x: Tensor): Tensor }, place: number) => {
        const [shift, scale] = [told(layer, place), told(layer, place + 1)];
        return tf.add(tf.add(normalised(x), tf.mul(normalised(x), scale)), shift);
      };
      let h = tf.add(net.first.apply(tf.reshape(x, [2, 3, 2])), net.positions);
      for (const { modulation, attention, perceptron } of net.blocks) {
        const { layer } = modulation;
        h = tf.add(h, tf.mul(told(layer, 2), attention.apply(modulated(h, layer, 0))));
        const [first, last] = perceptron.layers;
        const inner = silu(first!.apply(modulated(h, layer, 3)));
        h = tf.add(h, tf.mul(told(layer, 5), last!.apply(inner)));
      }
      // Four times as wide inside, as in the source.
      expect(net.blocks[0]!.perceptron.layers[0]!.weight.shape).toEqual([8, 32]);
      const expected = net.last.apply(modulated(h, net.modulation.layer, 0));
      expect(net.apply(x, t, c)).toBeAllClose(tf.reshape(expected, [2, 6]), {
        abs: 1e-4,
        rel: 1e-4,
      });
    });

    it('starts at zero, and leaves nothing behind', () => {
      const net = new Transformer(forNet, small);
      const args = argumentsOf(small);
      expect(net.apply(...args)).toBeAllClose(tf.zeros([2, 6]), {});
      expectNoLeak(() => net.apply(...args));
      expectNoLeak(() => {
        new Transformer(forNet, small).dispose();
      });
    });

    it('knows tokens by their positions alone', () => {
      const net = new Transformer(forNet, small);
      randomise(net);
      const [x, t] = argumentsOf(small);
      const swapped = (x: Tensor) => {
        const [a, b, c] = tf.split(x, 3, 1) as [Tensor, Tensor, Tensor];
        return tf.concat([b, c, a], 1);
      };
      expect(net.apply(swapped(x), t)).not.toBeAllClose(swapped(net.apply(x, t)), { abs: 1e-2 });
      net.positions.assign(tf.zeros([3, 8]));
      expect(net.apply(swapped(x), t)).toBeAllClose(swapped(net.apply(x, t)), { abs: 1e-5 });
    });

    it.each([
      { event: [6], patch: 1, outputs: 12 },
      { event: [6, 3], patch: 2, outputs: 4 },
      { event: [4, 6, 3], patch: 2, outputs: 6 },
    ])('takes each row by itself, with its own time and context: %j', (event) => {
      const options = { ...small, ...event, context: 3 };
      const net = new Transformer(forNet, options);
      randomise(net);
      const [x, t, c] = argumentsOf(options, 3);
      const y = net.apply(x, t, c);
      expect(y.shape).toEqual([3, ...event.event.slice(0, -1), event.outputs]);
      const second = [x, t, c!].map((all) => tf.slice(all, 1, 1)) as [Tensor, Tensor, Tensor];
      expect(tf.slice(y, 1, 1)).toBeAllClose(net.apply(...second), { abs: 1e-4 });
      const close = { abs: 1e-2 };
      expect(net.apply(x, tf.add(t, 0.1), c)).not.toBeAllClose(y, close);
      expect(net.apply(x, t, tf.zerosLike(c!))).not.toBeAllClose(y, close);
    });

    it('starts with positions of rows and columns', () => {
      const { positions } = new Transformer(forNet, { ...small, event: [4, 6, 1] });
      const features = sinusoidalEmbedding(tf.range(0, 3), 4).arraySync() as number[][];
      const expected = [0, 1].flatMap((row) =>
        [0, 1, 2].map((column) => [...features[row]!, ...features[column]!]),
      );
      expect(positions).toBeAllClose(expected, {});
    });
  });

  it('tokens are patches', () => {
    const image = tf.reshape(tf.range(0, 48), [1, 4, 6, 2]);
    const tokens = new Tokens('', [4, 6, 2], 2);
    const apart = tokens.apart(image);
    // The second of the first row: columns 2 and 3 of rows 0 and 1, two channels each.
    expect(tf.slice(apart, [0, 1], [1, 1])).toBeAllClose(
      tf.tensor3d([[[4, 5, 6, 7, 16, 17, 18, 19]]]),
      {},
    );
    expect(tokens.together(apart, 2)).toBeAllClose(image, {});
    const sequence = forX.normal([2, 6, 3]);
    const steps = new Tokens('', [6, 3], 3);
    expect(steps.apart(sequence).shape).toEqual([2, 2, 9]);
    expect(steps.together(steps.apart(sequence), 3)).toBeAllClose(sequence, {});
  });

  it('two numbers for each of a vector come one half behind the other', () => {
    // Two tokens of two numbers: (first, second) of each.
    const tokens = tf.tensor3d([
      [
        [1, 10, 2, 20],
        [3, 30, 4, 40],
      ],
    ]);
    expect(new Tokens('', [4], 2).together(tokens, 2)).toBeAllClose(
      [[1, 2, 3, 4, 10, 20, 30, 40]],
      {},
    );
  });
});

it.each([
  ['events of four axes', { event: [1, 2, 3, 4] }, DomainError, 'got [1, 2, 3, 4]'],
  [
    'patches that do not divide',
    { patch: 4 },
    DomainError,
    'must divide [6] along its axes, got 4',
  ],
  ['outputs that are no multiple', { outputs: 9 }, DomainError, 'outputs of each number'],
  ['odd widths', { width: 10 }, DomainError, 'a quarter of the width'],
  ['heads that do not divide', { heads: 3 }, DomainError, '8 features for 3 heads'],
  ['unknown options', { layers: 2 }, OptionError, "unknown option 'layers'"],
])('Transformer refuses %s', (_, options, kind, message) => {
  const build = () => new Transformer(forNet, { ...small, ...options });
  expect(build).toThrow(kind);
  expect(build).toThrow(message);
});
