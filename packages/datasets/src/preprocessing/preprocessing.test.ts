import {
  DataError,
  DomainError,
  Key,
  LoadError,
  OptionError,
  ShapeError,
} from '@pushforward/tensors';
import { describeGolden, dkwBound, expectNoLeak, kolmogorovSmirnov } from '@pushforward/testing';
import { describe, expect, test } from 'vitest';
import { digits } from '../embedded/digits.js';
import { wine } from '../embedded/wine.js';
import type { Rows } from '../split/rows.js';
import { dequantise } from './dequantise.js';
import { loadPreprocessing } from './load.js';
import { logitTransform } from './logit.js';
import { pipeline } from './pipeline.js';
import type { Preprocessing } from './preprocessing.js';
import { scale } from './scale.js';
import { standardise } from './standardise.js';

const column = (...x: number[]) => ({ x: Float32Array.from(x), features: 1 });

/** How many numbers of two arrays of the same length differ. */
const differing = (a: Float32Array, b: Float32Array) =>
  a.length === b.length ? a.reduce((count, v, i) => count + Number(v !== b[i]), 0) : a.length;

/** log|det| by central differences of `apply`, a number at a time; float32 leaves it three digits. */
function measuredLogDet(piece: Preprocessing, x: Float32Array, step: number): number {
  const features = x.length;
  return x.reduce((sum, value, j) => {
    const at = (moved: number) =>
      piece.apply({ x: Float32Array.from(x, (v, k) => (k === j ? moved : v)), features })[j]!;
    const [low, high] = [Math.fround(value - step), Math.fround(value + step)];
    return sum + Math.log(Math.abs((at(high) - at(low)) / (high - low)));
  }, 0);
}

describe('standardise', () => {
  test('gives every column mean 0 and variance 1', () => {
    const table = wine();
    const y = table.transform({ x: standardise(table) });
    for (let j = 0; j < y.features; j++) {
      const values = Array.from({ length: y.length }, (_, i) => y.x[i * y.features + j]!);
      const mean = values.reduce((sum, v) => sum + v, 0) / y.length;
      expect(Math.abs(mean)).toBeLessThan(1e-6);
      expect(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / y.length).toBeCloseTo(1, 6);
    }
  });

  test('is undone to float32, and its log-determinant is -sum log sd', () => {
    const rows = { x: Float32Array.of(1, 100, 3, 300, 5, 800), features: 2 };
    const piece = standardise(rows);
    expect(piece.undo({ x: piece.apply(rows), features: 2 })).toBeAllClose(rows.x, { rel: 2e-7 });
    const sds = [Math.sqrt(8 / 3), Math.sqrt((300 ** 2 + 100 ** 2 + 400 ** 2) / 3)];
    for (const logDet of piece.logDet(rows))
      expect(logDet).toBeCloseTo(-Math.log(sds[0]!) - Math.log(sds[1]!), 5);
    expect(measuredLogDet(piece, rows.x.subarray(0, 2), 0.5)).toBeCloseTo(
      piece.logDet(rows)[0]!,
      3,
    );
  });

  test('refuses a constant column, no rows, and rows of another width', () => {
    const constant = { x: Float32Array.of(1, 7, 2, 7), features: 2, columns: ['a', 'b'] };
    expect(() => standardise(constant)).toThrow(/column 'b' is 7 in all 2 rows/);
    expect(() => standardise(constant)).toThrow(DataError);
    expect(() => standardise({ x: new Float32Array(0), features: 2 })).toThrow(/no rows/);
    expect(() => standardise(wine()).apply(column(1))).toThrow(ShapeError);
    expect(() => standardise(wine()).apply({ x: new Float32Array(14), features: 13 })).toThrow(
      /14 numbers do not make whole rows of 13/,
    );
    const tensor = { shape: [2, 13] } as object as Rows;
    expect(() => standardise(wine()).undo(tensor)).toThrow(/got undefined.*x: t.dataSync\(\)/);
  });
});

describe('dequantise', () => {
  const levels = Float32Array.from({ length: 20_000 }, (_, i) => i % 256);
  const rows = { x: levels, features: 10 };

  test('adds noise that is uniform on (0, 1)', () => {
    const y = dequantise(Key.from(1), 256).apply(rows);
    const noise = y.map((value, i) => value - levels[i]!);
    expect(kolmogorovSmirnov(noise, (u) => u)).toBeLessThan(dkwBound(noise.length, 1e-9));
    expect(Math.min(...noise)).toBeGreaterThan(0);
    expect(Math.max(...noise)).toBeLessThan(1);
  });

  test('adds noise that is independent from number to number, in rows and in columns', () => {
    const y = dequantise(Key.from(1), 256).apply(rows);
    const noise = y.map((value, i) => value - levels[i]! - 0.5);
    for (const lag of [1, 2, 10]) {
      const pairs = noise.length - lag;
      let product = 0;
      for (let i = 0; i < pairs; i++) product += noise[i]! * noise[i + lag]!;
      // Each product has standard deviation 1/12; 6.2 standard errors are exceeded once in 10^9.
      expect(Math.abs(product / pairs)).toBeLessThan(6.2 / 12 / Math.sqrt(pairs));
    }
  });

  test('is undone exactly, through what follows it, at every number of levels', () => {
    for (const count of [2, 17, 256, 65_536]) {
      const x = Float32Array.from({ length: 30_000 }, (_, i) => (i * 7919) % count);
      const noisy = dequantise(Key.from(2), count);
      const data = { x, features: 1 };
      const piece = pipeline([
        noisy,
        scale(1 / count),
        logitTransform(1e-6),
        standardise({
          x: logitTransform().apply({ x: scale(1 / count).apply(data), features: 1 }),
          features: 1,
        }),
      ]);
      expect(differing(piece.undo({ x: piece.apply(data), features: 1 }), x)).toBe(0);
      const plain = pipeline([noisy, standardise(data)]);
      expect(differing(plain.undo({ x: plain.apply(data), features: 1 }), x)).toBe(0);
    }
  });

  test('the same rows get the same noise, other rows and other keys other noise', () => {
    const noise = (key: number, x: Float32Array) =>
      dequantise(Key.from(key), 256)
        .apply({ x, features: 1 })
        .map((y, i) => y - x[i]!);
    const zeros = new Float32Array(50);
    const other = Float32Array.from({ length: 50 }, (_, i) => (i === 49 ? 1 : 0));
    expect(noise(1, zeros)).toEqual(noise(1, zeros));
    expect(noise(1, zeros)).not.toEqual(noise(2, zeros));
    expect(noise(1, zeros)[0]).not.toBe(noise(1, other)[0]);
  });

  test('does not change volumes, and samples outside become the nearest level', () => {
    const piece = dequantise(Key.from(1), 4);
    expect([...piece.logDet({ x: new Float32Array(6), features: 3 })]).toEqual([0, 0]);
    expect([...piece.undo(column(-3.2, -0.1, 0.9, 3.99, 4, 17))]).toEqual([0, 0, 0, 3, 3, 3]);
  });

  test('refuses what is not a level', () => {
    const piece = dequantise(Key.from(1), 4);
    expect(() => piece.apply({ x: Float32Array.of(0, 1, 2, 4), features: 2 })).toThrow(
      /integers in \[0, 4\), got 4 in row 1, column 1/,
    );
    expect(() => piece.apply(column(0.5))).toThrow(DataError);
    expect(() => dequantise(Key.from(1), 1)).toThrow(DomainError);
  });

  test('leaves no tensor behind', () => {
    expectNoLeak(() => {
      dequantise(Key.from(1), 256).apply(rows);
    });
  });
});

describeGolden('t18_metrics', ({ cases, tolerance }) => {
  const logits = cases.filter(({ name }) => name.startsWith('bits_per_dim'));
  test.each(logits)('the logit transform, $name', ({ input, output }) => {
    const rows = { x: Float32Array.from(input.vector('x')), features: 1 };
    for (const reference of output.records('logit')) {
      const piece = logitTransform(reference.number('alpha'));
      expect(piece.apply(rows)).toBeAllClose(reference.vector('y'), tolerance);
      expect(piece.logDet(rows)).toBeAllClose(reference.vector('logabsdet'), tolerance);
    }
  });
});

describe('logitTransform', () => {
  const x = Float32Array.of(0, 1e-3, 0.25, 0.5, 0.9, 1);

  test.each([1e-6, 0.05, 0.25])('has the closed form and is undone, alpha = %f', (alpha) => {
    const piece = logitTransform(alpha);
    const rows = { x, features: 1 };
    const y = piece.apply(rows);
    expect(y[3]).toBeCloseTo(0, 6);
    expect(y[0]).toBeCloseTo(Math.log(alpha / (1 - alpha)), 5);
    expect(y[5]).toBeCloseTo(-y[0]!, 5);
    expect(piece.undo({ x: y, features: 1 })).toBeAllClose([...x], { abs: 2e-7, rel: 2e-7 });
  });

  test('its log-determinant is that of its differences', () => {
    const piece = logitTransform(0.05);
    const inner = x.slice(1, 5);
    const logDet = piece.logDet({ x: inner, features: inner.length })[0]!;
    expect(measuredLogDet(piece, inner, 1e-3)).toBeCloseTo(logDet, 2);
  });

  test('refuses numbers outside the unit interval', () => {
    expect(() => logitTransform().apply(column(0.5, 255))).toThrow(/in \[0, 1\], got 255/);
    expect(() => logitTransform(0.5)).toThrow(DomainError);
  });
});

describe('scale', () => {
  test('multiplies, and divides again', () => {
    const rows = { x: Float32Array.of(3, -4), features: 2 };
    expect([...scale(-0.25).apply(rows)]).toEqual([-0.75, 1]);
    expect([...scale(-0.25).undo({ ...rows, x: Float32Array.of(-0.75, 1) })]).toEqual([3, -4]);
    expect(scale(-0.25).logDet(rows)[0]).toBeCloseTo(2 * Math.log(0.25), 6);
    expect(() => scale(0)).toThrow(DomainError);
  });
});

describe('pipeline', () => {
  const images = digits();
  const toLine = pipeline([dequantise(Key.from(0), 17), scale(1 / 17), logitTransform(0.05)]);

  test('goes through the steps, and back', () => {
    const y = images.transform({ x: toLine });
    expect(differing(toLine.undo(y), images.x)).toBe(0);
  });

  test('its log-determinants add up at the points that each step sees', () => {
    const noisy = dequantise(Key.from(0), 17).apply(images);
    const unit = scale(1 / 17).apply({ x: noisy, features: 64 });
    const expected = logitTransform(0.05)
      .logDet({ x: unit, features: 64 })
      .map((logDet) => logDet - 64 * Math.log(17));
    expect(toLine.logDet(images)).toBeAllClose([...expected], { abs: 1e-4, rel: 1e-6 });
  });

  test('of no steps is the identity', () => {
    expect([...pipeline([]).apply(column(1, 2))]).toEqual([1, 2]);
    expect([...pipeline([]).logDet(column(1, 2))]).toEqual([0, 0]);
  });
});

describe('a preprocessing written down', () => {
  const table = wine();
  const pieces = pipeline([
    scale(2),
    standardise(table.transform({ x: scale(2) })),
    pipeline([scale(0.5)]),
  ]);

  test('is read again and does the same', () => {
    const again = loadPreprocessing(JSON.parse(JSON.stringify(pieces)));
    expect(again.apply(table)).toEqual(pieces.apply(table));
    expect(again.undo(table)).toEqual(pieces.undo(table));
    expect(again.logDet(table)).toEqual(pieces.logDet(table));
    expect(again.toJSON()).toEqual(pieces.toJSON());
    const logit = loadPreprocessing(JSON.parse(JSON.stringify(logitTransform(0.05))));
    expect(logit.toJSON()).toEqual({ kind: 'logit', alpha: 0.05 });
  });

  test('a dequantisation can be undone at once, and applied with a key', () => {
    const config: unknown = JSON.parse(JSON.stringify(dequantise(Key.from(1), 4)));
    expect([...loadPreprocessing(config).undo(column(2.7))]).toEqual([2]);
    expect(() => loadPreprocessing(config).apply(column(2))).toThrow(OptionError);
    const y = loadPreprocessing(config, Key.from(1)).apply(column(2));
    expect(y).toEqual(dequantise(Key.from(1), 4).apply(column(2)));
  });

  test.each([
    [null, /description cannot be null/],
    [{ kind: 'whiten' }, /kind cannot be "whiten"/],
    [{ kind: 'standardise', mean: [1, 2], sd: [1] }, /sd cannot be \[1\]/],
    [{ kind: 'standardise', mean: [1], sd: [0] }, /sd cannot be \[0\]/],
    [{ kind: 'standardise', mean: ['1'], sd: [1] }, /mean cannot be "1"/],
    [{ kind: 'scale' }, /factor cannot be absent/],
    [{ kind: 'logit', alpha: 3 }, /alpha must be in \(0, 1\/2\)/],
    [{ kind: 'pipeline', steps: { kind: 'scale' } }, /steps cannot be/],
  ])('that is damaged is refused: %j', (config, message) => {
    expect(() => loadPreprocessing(config)).toThrow(LoadError);
    expect(() => loadPreprocessing(config)).toThrow(message);
  });
});
