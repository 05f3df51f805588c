import { DataError, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import { TimeSeries } from './timeSeries.js';

/** Two outputs, 10 i and 10 i + 1, and one input, -i, at the given times. */
function series(time: readonly number[]): TimeSeries {
  const index = time.map((_, i) => i);
  return new TimeSeries({
    name: 'run',
    time: Float64Array.from(time),
    inputs: {
      ...{ x: Float32Array.from(index, (i) => -i), features: 1 },
      ...{ columns: ['u'], units: ['V'] },
    },
    outputs: {
      ...{ x: Float32Array.from(index.flatMap((i) => [10 * i, 10 * i + 1])), features: 2 },
      ...{ columns: ['q', 'p'], units: ['m', 'm / s'] },
    },
  });
}

const whole = series([0, 1, 2, 3, 4, 5, 6]);
/** 3 is missing. */
const gap = series([0, 1, 2, 4, 5, 6, 7]);

describe('windows', () => {
  test('hold instant after instant, with the inputs as context', () => {
    const rows = whole.windows(3);
    expect([rows.length, rows.features, rows.contextSize]).toEqual([2, 6, 3]);
    expect(rows.columns).toEqual(['q[0]', 'p[0]', 'q[1]', 'p[1]', 'q[2]', 'p[2]']);
    expect([...rows.x]).toEqual([0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51]);
    expect(rows.context!.columns).toEqual(['u[0]', 'u[1]', 'u[2]']);
    expect([...rows.context!.x]).toEqual([-0, -1, -2, -3, -4, -5]);
  });

  test('overlap by their stride', () => {
    const firsts = (rows: { x: Float32Array; length: number; features: number }) =>
      Array.from({ length: rows.length }, (_, i) => rows.x[i * rows.features]! / 10);
    expect(firsts(whole.windows(3, { stride: 1 }))).toEqual([0, 1, 2, 3, 4]);
    expect(firsts(whole.windows(3, { stride: 2 }))).toEqual([0, 2, 4]);
    expect(firsts(gap.windows(3, { stride: 1 }))).toEqual([0, 3, 4]);
    expect(firsts(gap.windows(2))).toEqual([0, 3, 5]);
    expect(firsts(gap.windows(1))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('without inputs have no context', () => {
    const { time, outputs } = whole;
    const rows = new TimeSeries({ time, outputs }).windows(7);
    expect([rows.length, rows.context]).toEqual([1, undefined]);
  });

  test('longer than all that is whole are refused', () => {
    expect(() => gap.windows(5)).toThrow(DataError);
    expect(() => whole.windows(2, { step: 1 } as object)).toThrow(OptionError);
  });
});

test('parts of time, and of the outputs', () => {
  const part = whole.slice(2, 5).select(['p']);
  expect([...part.time]).toEqual([2, 3, 4]);
  expect([...part.outputs.x]).toEqual([21, 31, 41]);
  expect([...part.inputs.x]).toEqual([-2, -3, -4]);
  expect([part.outputs.columns, part.outputs.units]).toEqual([['p'], ['m / s']]);
  expect(() => whole.select(['r'])).toThrow(/no output 'r'; the outputs are q, p/);
});

test.each([
  ['time that stands still', { time: [0, 0] }, /at 1 it is 0, after 0/],
  ['no instant', { time: [] }, /no instant/],
  ['other numbers of rows', { time: [0, 1, 2] }, /outputs: 2 rows for 3 instants/],
  ['a number that is none', { x: [1, Number.NaN] }, /row 1, column 'q' is NaN/],
  ['columns without units', { units: [] }, /1 columns have 1 names and 0 units/],
])('%s is refused', (_, { time = [0, 1], x = [1, 2], units = ['m'] }: Parts, message) => {
  const outputs = { x: Float32Array.from(x), features: 1, columns: ['q'], units };
  const make = () => new TimeSeries({ time: Float64Array.from(time), outputs });
  expect(make).toThrow(DataError);
  expect(make).toThrow(message);
});

interface Parts {
  time?: number[];
  x?: number[];
  units?: string[];
}
