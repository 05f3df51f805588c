import { DomainError, Key, type Module, OptionError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { activation, UNet, type UNetOptions } from '../index.js';
import type { Stage } from './unetStage.js';

const [forNet, forX, forT, forWeights] = Key.from(1).split(4);
const silu = activation('silu');

const small = { image: [5, 7, 2], channels: [8, 16], blocks: 1, groups: 4, heads: 2 } as const;

/** Gives every weight, those that start at zero too, a value of its own. */
function randomise(module: Module): void {
  for (const [i, variable] of module.parameters().entries())
    variable.assign(tf.mul(0.2, forWeights.foldIn(i).normal(variable.shape)));
}

function argumentsOf({ image, context }: UNetOptions, rows = 2): [Tensor, Tensor, Tensor?] {
  const [x, t] = [forX.normal([rows, ...image]), forT.uniform([rows])];
  return context === undefined ? [x, t] : [x, t, forX.normal([rows, context])];
}

/** The formulas of a stage. */
function staged({ residual, attention }: Stage, x: Tensor, time: Tensor): Tensor {
  const { firstNorm, first, ofTime, secondNorm, second, path } = residual;
  const shift = tf.expandDims(tf.expandDims(ofTime.apply(time), 1), 1);
  const inner = tf.add(first.apply(silu(firstNorm.apply(x))), shift);
  const beside = path === undefined ? x : path.apply(x);
  const h = tf.add(beside, second.apply(silu(secondNorm.apply(inner))));
  if (attention === undefined) return h;
  const [count, height, width, channels] = h.shape as [number, number, number, number];
  const tokens = tf.reshape(attention.norm.apply(h), [count, height * width, channels]);
  return tf.add(h, tf.reshape(attention.attention.apply(tokens), h.shape));
}

onEachEngine(() => {
  describe('UNet', () => {
    it('goes down, and up again beside what it saw', () => {
      const net = new UNet(forNet, { ...small, context: 3 });
      randomise(net);
      const [x, t, c] = argumentsOf({ ...small, context: 3 });
      const time = net.time.apply(t, c);
      const [wide, narrow] = [net.down[0]!, net.down[1]!];
      const a = net.first.apply(x);
      const b = staged(wide.stages[0]!, a, time);
      const half = wide.resize!.apply(b);
      const d = staged(narrow.stages[0]!, half, time);
      const [one, other] = [net.middle[0]!, net.middle[1]!];
      let h = staged(other, staged(one, d, time), time);
      const [back, forth] = [net.up[0]!, net.up[1]!];
      h = staged(back.stages[0]!, tf.concat([h, d], 3), time);
      h = staged(back.stages[1]!, tf.concat([h, half], 3), time);
      h = back.resize!.apply(h);
      h = staged(forth.stages[0]!, tf.concat([h, b], 3), time);
      h = staged(forth.stages[1]!, tf.concat([h, a], 3), time);
      const expected = net.last.apply(silu(net.norm.apply(h)));
      expect(net.apply(x, t, c)).toBeAllClose(expected, { abs: 1e-5, rel: 1e-5 });
      expect(half.shape).toEqual([2, 3, 4, 8]);
      // Windows of twice the stride: all pixels count alike.
      expect(back.resize!.weight.shape.slice(0, 2)).toEqual([4, 4]);
      expect([one, other, narrow.stages[0], back.stages[0], wide.stages[0]].map(attends)).toEqual([
        true,
        false,
        true,
        true,
        false,
      ]);
    });

    it('starts at zero, and leaves nothing behind', () => {
      const net = new UNet(forNet, small);
      const args = argumentsOf(small);
      expect(net.apply(...args)).toBeAllClose(tf.zeros([2, 5, 7, 2]), {});
      expectNoLeak(() => net.apply(...args));
      expectNoLeak(() => {
        new UNet(forNet, small).dispose();
      });
    });

    it('takes each image by itself, with its own time and context', () => {
      const options = { ...small, context: 3, outputs: 4 };
      const net = new UNet(forNet, options);
      randomise(net);
      const [x, t, c] = argumentsOf(options, 3);
      const y = net.apply(x, t, c);
      expect(y.shape).toEqual([3, ...net.outputShape]);
      const second = [x, t, c!].map((all) => tf.slice(all, 1, 1)) as [Tensor, Tensor, Tensor];
      expect(tf.slice(y, 1, 1)).toBeAllClose(net.apply(...second), { abs: 1e-5 });
      const close = { abs: 1e-3 };
      expect(net.apply(x, tf.add(t, 0.1), c)).not.toBeAllClose(y, close);
      expect(net.apply(x, t, tf.zerosLike(c!))).not.toBeAllClose(y, close);
    });
  });
});

const attends = (stage: Stage | undefined) => stage?.attention !== undefined;

describe('UNet', () => {
  it('of images that are no powers of two, and of one pixel', () => {
    for (const image of [
      [28, 28, 1],
      [9, 6, 3],
      [1, 1, 1],
    ] as const) {
      const options = { image, channels: [8, 8, 16, 16], blocks: 1, attention: [2] };
      const net = new UNet(forNet, options);
      expect(net.apply(...argumentsOf(options)).shape).toEqual([2, ...image]);
    }
  });

  it('attends where it is told to', () => {
    const net = new UNet(forNet, { ...small, attention: [0] });
    expect(net.down.flatMap(({ stages }) => stages).map(attends)).toEqual([true, false]);
    expect(net.up.flatMap(({ stages }) => stages).map(attends)).toEqual([false, false, true, true]);
    expect(net.middle.map(attends)).toEqual([false, false]);
  });

  it.each([
    ['an image without channels', { image: [5, 7] }, DomainError, 'an image [H, W, C]'],
    ['no level', { channels: [] }, DomainError, 'at least one level'],
    ['groups that do not divide', { groups: 3 }, DomainError, '8 channels in 3 groups'],
    ['a level that is not there', { attention: [2] }, DomainError, 'levels from 0 to 1, got 2'],
    ['unknown options', { dropout: 0.1 }, OptionError, "unknown option 'dropout'"],
  ])('refuses %s', (_, options, kind, message) => {
    const build = () => new UNet(forNet, { ...small, ...options } as never);
    expect(build).toThrow(kind);
    expect(build).toThrow(message);
  });
});
