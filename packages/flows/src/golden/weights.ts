import { type Linear, MaskedLinear, type MLP } from '@pushforward/nn';
import type { Tensor, Variable } from '@pushforward/tensors';
import type { GoldenRecord } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';

/** A weight of ours, and its gradient in the layout of the reference. */
export interface Weight {
  readonly variable: Variable;
  readonly expected: Tensor;
  readonly toReference: (gradient: Tensor) => Tensor;
}

/** Sets the weights of a network, whose output `rows[o]` is output o of the reference. */
export function load(net: MLP, layers: GoldenRecord[], gradients: GoldenRecord[], rows?: number[]) {
  const outputsOf = (l: number) => {
    if (l < 0) return undefined;
    return l === net.layers.length - 1 ? rows : byDegree(layers[l]!);
  };
  return net.layers.flatMap((layer, l): Weight[] => {
    const [golden, gradient] = [layers[l]!, gradients[l]!];
    const [outputs, inputs] = [outputsOf(l), outputsOf(l - 1)];
    const ours = (x: Tensor) => tf.transpose(gathered(gathered(x, outputs, 0), inputs, 1));
    const theirs = (x: Tensor) =>
      gathered(gathered(tf.transpose(x), inverted(outputs), 0), inverted(inputs), 1);
    layer.weight.assign(ours(golden.tensor('W')));
    layer.bias!.assign(gathered(golden.tensor('b'), outputs, 0));
    expectMask(layer, golden, ours);
    return [
      { variable: layer.weight, expected: gradient.tensor('W'), toReference: theirs },
      {
        variable: layer.bias!,
        expected: gradient.tensor('b'),
        toReference: (dy) => gathered(dy, inverted(outputs), 0),
      },
    ];
  });
}

/** Our masked networks have their hidden units in the order of their degrees, which are how many units they read. */
function byDegree(golden: GoldenRecord): number[] | undefined {
  if (!golden.has('mask')) return undefined;
  const degrees = tf.sum(golden.tensor('mask'), 1).dataSync();
  return Array.from(degrees.keys()).sort((a, b) => degrees[a]! - degrees[b]!);
}

function gathered(x: Tensor, order: number[] | undefined, axis: number): Tensor {
  return order === undefined ? x : tf.gather(x, order, axis);
}

function inverted(order: number[] | undefined): number[] | undefined {
  return order?.map((_, o) => order.indexOf(o));
}

/** The mask that we derive from the order is the one that the reference derives from degrees. */
function expectMask(layer: Linear, golden: GoldenRecord, ours: (x: Tensor) => Tensor): void {
  expect(layer instanceof MaskedLinear).toBe(golden.has('mask'));
  if (layer instanceof MaskedLinear)
    expect(layer.mask).toBeAllClose(ours(golden.tensor('mask')), {});
}
