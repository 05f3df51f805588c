/** A NaN in the data or in a weight is seen in what comes out: nothing on the way makes a number of it. */
import { compile } from '@pushforward/compile';
import { type EngineName, Key, type Module, type Tensor, useEngine } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { contextOf, pointsOf, rowsOf } from './rows.js';
import { flows, maps } from './table.js';

const [forWeights, forPoints, forContext] = Key.from(31).split(3);

/** The rows of tensors, `[B, ...]` each, that hold a NaN. */
function spoilt(...tensors: readonly Tensor[]): boolean[] {
  const count = tensors[0]!.shape[0];
  return Array.from({ length: count }, (_, row) =>
    tensors.some((x) => {
      const width = x.size / count;
      return valuesOf(x)
        .slice(row * width, (row + 1) * width)
        .some(Number.isNaN);
    }),
  );
}

/** x with a NaN at a place. */
function withNaN(x: Tensor, at: number): Tensor {
  const values = valuesOf(x);
  values[at] = Number.NaN;
  return tf.tensor(values, x.shape);
}

/** Calls back with a NaN in each weight: at its first number, in its middle and at its last. */
function spoilEachWeight(module: Module, look: (name: string) => void): void {
  for (const [name, weight] of module.namedParameters()) {
    const whole = tf.clone(weight);
    for (const at of new Set([0, whole.size >> 1, whole.size - 1])) {
      weight.assign(withNaN(whole, at));
      look(`${name} at ${at}`);
    }
    weight.assign(whole);
  }
}

onEachEngine((engine) => {
  beforeAll(() => useEngine(engine as EngineName));

  describe.each(rowsOf(maps))('%s', (_, row) => {
    const points = () => {
      const map = row.build(forWeights);
      const x = pointsOf(row, forPoints, 3);
      const context = contextOf(map, forContext, 3);
      return { map, x, y: map.forward(x, context), context };
    };

    it('shows a NaN in its argument, in that row alone', () => {
      const { map, x, y, context } = points();
      for (let j = 0; j < row.features; j++) {
        const image = map.forward(withNaN(x, row.features + j), context);
        expect(spoilt(image)).toEqual([false, true, false]);
        // Where y_i reads x_j; a mask, which multiplies by 0, lets a NaN pass to others as well.
        const numbers = valuesOf(image).slice(row.features, 2 * row.features);
        expect(numbers.filter((y, i) => row.reads[i]![j] === 1 && !Number.isNaN(y))).toEqual([]);
        const inverse = map.inverseAndLogDet(withNaN(y, row.features + j), context);
        expect(spoilt(...inverse)).toEqual([false, true, false]);
      }
    });

    it('shows a NaN in any of its weights, and in its context', () => {
      const { map, x, y, context } = points();
      spoilEachWeight(map, (place) => {
        expect([place, spoilt(...map.forwardAndLogDet(x, context))]).toEqual([
          place,
          [true, true, true],
        ]);
        expect([place, spoilt(...map.inverseAndLogDet(y, context))]).toEqual([
          place,
          [true, true, true],
        ]);
      });
      for (let at = 0; context && at < map.contextSize; at++) {
        const other = withNaN(context, map.contextSize + at);
        expect(spoilt(...map.forwardAndLogDet(x, other))).toEqual([false, true, false]);
        expect(spoilt(...map.inverseAndLogDet(y, other))).toEqual([false, true, false]);
      }
    });
  });

  describe.each(rowsOf(flows))('%s', (_, row) => {
    it('has a log-density and a loss of NaN where data, context or a weight is', () => {
      const law = row.build(forWeights, 3, 2);
      const [x, context] = [forPoints.normal([3, 3]), forContext.normal([3, 2])];
      for (let j = 0; j < 3; j++) {
        const bad = withNaN(x, 3 + j);
        expect(spoilt(law.logProb(bad, context))).toEqual([false, true, false]);
        expect(valuesOf(law.loss({ x: bad, context }, forPoints))).toEqual([Number.NaN]);
      }
      spoilEachWeight(law, (place) => {
        expect([place, valuesOf(law.loss({ x, context }, forPoints))]).toEqual([
          place,
          [Number.NaN],
        ]);
      });
    });
  });
});

describe('compiled', () => {
  beforeAll(() => useEngine('wasm'));

  it.each(rowsOf(flows))('%s', async (_, row) => {
    const law = row.build(forWeights, 3, 2);
    const x = forPoints.normal([3, 3]);
    const context = forContext.normal([3, 2]);
    const logProb = compile((x: Tensor) => law.logProb(x, context), { target: 'onnx' });
    expect(spoilt(await logProb(x))).toEqual([false, false, false]);
    for (let j = 0; j < 3; j++)
      expect(spoilt(await logProb(withNaN(x, 3 + j)))).toEqual([false, true, false]);
    const places: [string, boolean[]][] = [];
    for (const [name, weight] of law.namedParameters()) {
      const whole = tf.clone(weight);
      weight.assign(withNaN(whole, whole.size - 1));
      places.push([name, spoilt(await logProb(x))]);
      weight.assign(whole);
    }
    expect(places.filter(([, rows]) => rows.includes(false))).toEqual([]);
    logProb.dispose();
  });
});
