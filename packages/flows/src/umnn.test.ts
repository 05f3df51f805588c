import { UMNN } from '@pushforward/bijectors';
import { Triangular } from '@pushforward/conditioners';
import type { Pushforward } from '@pushforward/distributions';
import { Key, type Tensor } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { umnnCoupling, umnnMaf } from './index.js';

const [forFlow, forWeights, forX] = Key.from(3).split(3);

/** A coupling flow that is far from its start. */
function scattered(context = 0): Pushforward {
  const flow = umnnCoupling(forFlow, {
    features: 2,
    context,
    transforms: 2,
    hidden: [16],
    umnn: { embedding: 4, hidden: [12], activation: 'tanh', positive: 'softplus', steps: 60 },
  });
  for (const [i, weight] of flow.parameters().entries())
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(0.3, forWeights.foldIn(i).normal(weight.shape))));
    });
  return flow;
}

onEachEngine(() => {
  describe('umnnCoupling', () => {
    it.each([0, 2])('has a density that integrates to 1, with %d numbers of context', (context) => {
      const flow = scattered(context);
      tf.tidy(() => {
        const [ends, count] = [8, 65];
        const line = tf.linspace(-ends, ends, count);
        const grid = tf.stack(
          tf.meshgrid(line, line).map((axis) => tf.reshape(axis, [-1])),
          1,
        );
        const given = context === 0 ? undefined : tf.tensor2d([[1, -0.5]]);
        const density = tf.exp(flow.logProb(grid, given && tf.tile(given, [grid.shape[0], 1])));
        const step = (2 * ends) / (count - 1);
        expect(valuesOf(tf.mul(tf.sum(density), step * step))[0]).toBeCloseTo(1, 3);
      });
      flow.dispose();
    });

    it('has the log-determinant of its Jacobian, and depends on its context', () => {
      const flow = scattered(2);
      tf.tidy(() => {
        const x = tf.mul(2, forX.normal([20, 2]));
        const at = (c: number) => tf.fill([20, 2], c);
        const [z, logDet] = flow.bijector.inverseAndLogDet(x, at(1));
        const rows = [0, 1].map((i) => {
          const mask = tf.tensor2d([[1 - i, i]]);
          const column = (x: Tensor) => tf.sum(tf.mul(flow.bijector.inverse(x, at(1)), mask));
          return tf.unstack(tf.grad(column)(x), 1);
        });
        const [[a, b], [c, d]] = rows as [[Tensor, Tensor], [Tensor, Tensor]];
        expect(tf.log(tf.sub(tf.mul(a, d), tf.mul(b, c)))).toBeAllClose(logDet, { abs: 1e-4 });
        expect(flow.bijector.forward(z, at(1))).toBeAllClose(x, { abs: 1e-4 });
        const moved = tf.sub(flow.logProb(x, at(1)), flow.logProb(x, at(-1)));
        expect(Math.max(...valuesOf(tf.abs(moved)))).toBeGreaterThan(0.1);
      });
      flow.dispose();
    });

    it('transforms each half of the numbers in turn, with an integrand of its own', () => {
      const flow = umnnCoupling(forFlow, { features: 5, permutation: 'reverse', actNorm: false });
      const layers = flow.bijector.elements().map((element) => element as unknown);
      const steps = [...new Set(layers.flatMap(triangularIn))];
      expect(steps).toHaveLength(4);
      const halves = steps.map(({ conditioner }) => conditioner.transformed.length);
      expect(halves.sort()).toEqual([2, 2, 3, 3]);
      const integrands = steps.flatMap(({ normalizer }) =>
        normalizer instanceof UMNN ? [normalizer.area.integrand] : [],
      );
      expect(new Set(integrands).size).toBe(4);
      flow.dispose();
    });
  });
});

it('one feature is enough for umnnMaf, and too few for umnnCoupling', () => {
  const flow = umnnMaf(forFlow, { features: 1, transforms: 1, lastScale: 1 });
  const [x, logProb] = flow.sampleAndLogProb(forX, [20]);
  expect(flow.logProb(x)).toBeAllClose(logProb, { abs: 1e-4 });
  expect(() => umnnCoupling(forFlow, { features: 1 })).toThrow(
    'umnnCoupling: a coupling splits the features in two and needs at least 2, got 1',
  );
  flow.dispose();
});

/** The triangular step that an element is, or undoes. */
function triangularIn(element: unknown): Triangular[] {
  if (element instanceof Triangular) return [element];
  return typeof element === 'object' && element !== null
    ? Object.values(element).filter((part) => part instanceof Triangular)
    : [];
}

describe('the numbers of parameters of Table 5.2 of Wehenkel (2022)', () => {
  // Five transforms, embeddings of 30; widths of the embedding network and of the integrand.
  it.each([
    ['POWER', 6, [100, 100], [150, 150, 150, 150], 509_405, '5.09e+5'],
    // Printed is 8.15e5: 815 705 rounds to 8.16e5.
    ['GAS', 8, [200, 200], [150, 150, 150, 150], 815_705, '8.16e+5'],
    ['HEPMASS', 21, [512, 512], [200, 200, 200, 200], 3_621_555, '3.62e+6'],
    ['MINIBOONE', 43, [512], [50, 50, 50], 3_455_245, '3.46e+6'],
    ['BSDS300', 63, [1024, 1024], [150, 150, 150, 150], 15_626_435, '1.56e+7'],
  ] as const)('%s', (_, features, hidden, integrand, parameters, printed) => {
    const flow = umnnMaf(Key.from(1), {
      features,
      transforms: 1,
      hidden,
      permutation: 'reverse',
      actNorm: false,
      umnn: { embedding: 30, hidden: integrand, activation: 'leakyRelu' },
    });
    const count = 5 * flow.parameters().reduce((sum, { size }) => sum + size, 0);
    expect(count).toBe(parameters);
    expect(count.toExponential(2)).toBe(printed);
    flow.dispose();
  });
});
