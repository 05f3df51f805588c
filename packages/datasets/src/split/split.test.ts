import { DataError, DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { iris } from '../embedded/iris.js';
import { scale } from '../preprocessing/scale.js';
import { banana } from '../toys/banana.js';
import { preprocess } from './preprocess.js';
import { Split } from './split.js';

/** Ten rows (i, 10 i, 100 i) with the class of i mod 3. */
const table = () =>
  new Split({
    name: 'numbers',
    x: Float32Array.from({ length: 30 }, (_, i) => Math.floor(i / 3) * 10 ** (i % 3)),
    columns: ['a', 'b', 'c'],
    target: {
      name: 'rest',
      values: Float32Array.from({ length: 10 }, (_, i) => i % 3),
      classes: ['zero', 'one', 'two'],
    },
  });

/** Drawn on the engine that is the default. */
const drawn = banana(Key.from(4), 100).x;

const firsts = (split: Split) =>
  Array.from({ length: split.length }, (_, i) => split.x[i * split.features]);
const sorted = (numbers: (number | undefined)[]) => numbers.map(Number).sort((a, b) => a - b);

describe('a table', () => {
  test('knows its size, its columns and its labels', () => {
    const split = table();
    expect([split.length, split.features, split.contextSize]).toEqual([10, 3, 0]);
    expect([...split.labels]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
  });

  test('subset and slice take the same rows of all its parts', () => {
    const given = table().given(['rest']);
    const picked = given.subset([7, 2]);
    expect([...picked.x]).toEqual([7, 70, 700, 2, 20, 200]);
    expect([...picked.context!.x]).toEqual([0, 1, 0, 0, 0, 1]);
    expect([...picked.labels]).toEqual([1, 2]);
    const middle = given.slice(3, 5);
    expect([...middle.x]).toEqual([3, 30, 300, 4, 40, 400]);
    expect([...middle.context!.x]).toEqual([1, 0, 0, 0, 1, 0]);
    expect([...middle.labels]).toEqual([0, 1]);
  });

  test('select and given move columns', () => {
    const conditional = table().select(['c', 'a']).given(['c', 'rest']);
    expect(conditional.columns).toEqual(['a']);
    expect(conditional.context!.columns).toEqual(['c', 'rest=zero', 'rest=one', 'rest=two']);
    expect([...conditional.context!.x.subarray(0, 8)]).toEqual([0, 1, 0, 0, 100, 0, 1, 0]);
    expect([...conditional.x]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const further = table().given(['a']).given(['b']);
    expect(further.context!.columns).toEqual(['a', 'b']);
    expect([...further.context!.x.subarray(2, 4)]).toEqual([1, 10]);
  });

  test('a numeric target can be modelled, a class cannot', () => {
    const { x, columns } = table();
    const target = { name: 'y', values: Float32Array.from({ length: 10 }, (_, i) => -i) };
    const split = new Split({ x, columns, target });
    expect([...split.select(['y', 'a']).x.subarray(2, 4)]).toEqual([-1, 1]);
    expect(() => table().select(['rest'])).toThrow(/'rest' is a class/);
  });

  test('transforms x, context or both, and keeps their names', () => {
    const split = table()
      .given(['a'])
      .transform({ x: scale(2), context: scale(-1) });
    expect([...split.x.subarray(2, 4)]).toEqual([20, 200]);
    expect([...split.context!.x.subarray(0, 3)]).toEqual([-0, -1, -2]);
    expect(split.columns).toEqual(['b', 'c']);
  });

  test('says what is wrong', () => {
    const x = Float32Array.of(1, 2, 3, Number.NaN);
    expect(() => new Split({ x, columns: ['a', 'b'] })).toThrow(/row 1, column 'b' is NaN/);
    expect(() => new Split({ x: x.subarray(0, 3), columns: ['a', 'b'] })).toThrow(DataError);
    expect(() => new Split({ x: x.subarray(0, 2), columns: ['a', 'a'] })).toThrow(/named 'a'/);
    expect(
      () =>
        new Split({
          x: x.subarray(0, 2),
          columns: ['a'],
          context: { x: x.subarray(0, 3), features: 1 },
        }),
    ).toThrow(/2 rows of x, but 3 of the context/);
    expect(() => table().select(['d'])).toThrow(/no column 'd'; the columns are a, b, c, rest/);
    expect(() => table().given(['a', 'b', 'c'])).toThrow(/no column is left/);
    expect(() => table().transform({ context: scale(2) })).toThrow(OptionError);
    expect(() => table().select(['a']).given([])).toThrow(DataError);
    expect(() => new Split({ x, columns: ['a'], label: 'b' } as never)).toThrow(/unknown option/);
  });
});

describe('batches', () => {
  test('hold every row once, in an order that the key decides', () => {
    const rows = (key: number) =>
      [...table().batches(Key.from(key), 4)].flatMap(({ x }) => [
        ...tf.tidy(() => x.slice([0, 0], [-1, 1]).dataSync()),
      ]);
    expect(sorted(rows(1))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows(1)).toEqual(rows(1));
    expect(rows(1)).not.toEqual(rows(2));
  });

  test('keep each row with its context', () => {
    for (const { x, context } of table().given(['rest']).batches(Key.from(0), 3)) {
      expect(x.shape.slice(1)).toEqual([3]);
      const labels = context!.argMax(1).dataSync();
      const first = x.slice([0, 0], [-1, 1]).dataSync();
      for (const [i, value] of first.entries()) expect(labels[i]).toBe(value % 3);
    }
  });

  test('the last, short one comes or is dropped', () => {
    const sizes = (dropLast: boolean) =>
      [...table().batches(Key.from(0), 4, { dropLast })].map(({ x }) => x.shape[0]);
    expect(sizes(false)).toEqual([4, 4, 2]);
    expect(sizes(true)).toEqual([4, 4]);
  });

  test('leave nothing behind but what the caller disposes', () => {
    expectNoLeak(() => [
      ...[...table().given(['rest']).batches(Key.from(0), 4)].map(({ x, context }) => [
        x,
        context!,
      ]),
    ]);
    expectNoLeak(() => Object.values(table().batch()));
  });

  test('one batch of everything keeps the order', () => {
    const { x, context } = table().given(['a']).batch();
    expect(x.shape).toEqual([10, 2]);
    expect([...x.dataSync().slice(0, 4)]).toEqual([0, 0, 10, 100]);
    expect(context!.shape).toEqual([10, 1]);
  });

  test('refuse a size that is no size', () => {
    expect(() => table().batches(Key.from(0), 0)).toThrow(/size must be an integer >= 1, got 0/);
    expect(() => table().batches(Key.from(0), 2, { drop: true } as never)).toThrow(OptionError);
  });
});

onEachEngine(() => {
  test('the same batches on every engine', () => {
    const [first] = [...table().given(['rest']).batches(Key.from(4), 4)];
    const order = Key.from(4).permutation(10).subarray(0, 4);
    expect([...first!.x.dataSync()]).toEqual([...order].flatMap((i) => [i, 10 * i, 100 * i]));
    expect([...tf.argMax(first!.context!, 1).dataSync()]).toEqual([...order].map((i) => i % 3));
  });

  test('the same draws on every engine', () => {
    expect(banana(Key.from(4), 100).x).toEqual(drawn);
  });
});

describe('parts', () => {
  test('of a partition are disjoint, complete and of the sizes asked for', () => {
    const { train, validation, test } = iris().partition(Key.from(3), {
      validation: 0.1,
      test: 0.2,
    });
    expect([train.length, validation.length, test.length]).toEqual([105, 15, 30]);
    const parts = table().partition(Key.from(3), { validation: 0.2, test: 0.3 });
    expect(
      sorted([...firsts(parts.train), ...firsts(parts.validation), ...firsts(parts.test)]),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(parts.name).toBe('numbers');
  });

  test('of train and test are decided by the key', () => {
    const tests = (key: number) => firsts(table().trainTest(Key.from(key), 0.4).test);
    expect(tests(5)).toHaveLength(4);
    expect(tests(5)).toEqual(tests(5));
    expect(tests(5)).not.toEqual(tests(6));
  });

  test('each row is in the test part of exactly one fold', () => {
    const folds = table().folds(Key.from(0), 3);
    expect(folds.map(({ test }) => test.length)).toEqual([3, 3, 4]);
    expect(sorted(folds.flatMap(({ test }) => firsts(test)))).toEqual([...Array(10).keys()]);
    for (const { train, test } of folds)
      expect(sorted([...firsts(train), ...firsts(test)])).toEqual([...Array(10).keys()]);
  });

  test('each row is as likely as another to be tested', () => {
    // 2000 cuts, each row tested with probability 0.3: its count strays by more than 6.2 sd once in 10^9.
    const counts = new Array<number>(10).fill(0);
    for (const key of Key.from(1).split(2000))
      for (const first of firsts(table().trainTest(key, 0.3).test)) counts[first!]!++;
    const sd = Math.sqrt(2000 * 0.3 * 0.7);
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(6.2 * sd);
  });

  test('refuse shares and folds that cannot be', () => {
    expect(() => table().trainTest(Key.from(0), 1)).toThrow(DomainError);
    expect(() => table().partition(Key.from(0), { validation: 0.5, test: 0.6 })).toThrow(
      /sum below 1, got 0.5 \+ 0.6/,
    );
    expect(() => table().trainTest(Key.from(0), 0.01)).toThrow(/too few/);
    expect(() => table().folds(Key.from(0), 11)).toThrow(/integer in \[2, 10\], got 11/);
  });

  test('are preprocessed together', () => {
    const data = table().partition(Key.from(3), { validation: 0.2, test: 0.3 });
    const doubled = preprocess(data, { x: scale(2) });
    for (const part of ['train', 'validation', 'test'] as const)
      expect([...doubled[part].x]).toEqual(Array.from(data[part].x, (value) => 2 * value));
  });
});
