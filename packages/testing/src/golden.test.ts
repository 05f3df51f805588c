import { describe, expect, it } from 'vitest';
import { GoldenRecord } from './golden.js';
import { describeGolden } from './index.js';

describeGolden('t03_rqs', (file) => {
  it('has cases and a tolerance', () => {
    expect(file.tolerance).toEqual({ abs: 5e-6, rel: 5e-6 });
    expect(file.cases.length).toBeGreaterThan(10);
    const [first] = file.cases;
    expect(first!.input.vector('x').length).toBe(first!.output.vector('y').length);
    expect(first!.input.tensor('x')).toBeAllClose(first!.input.vector('x'), {});
  });
});

describe('GoldenRecord', () => {
  const record = new GoldenRecord('t00.case', {
    x: [1, null, '-Infinity'],
    m: [[1], [2]],
    mode: 'linear',
    inner: { a: 'NaN' },
  });

  it('reads numbers, infinities and gaps', () => {
    expect(record.vector('x')).toEqual([1, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(record.matrix('m')).toEqual([[1], [2]]);
    expect(record.tensor('m').shape).toEqual([2, 1]);
    expect(record.text('mode')).toBe('linear');
    expect(record.record('inner').number('a')).toBeNaN();
  });

  it('names what is missing or of another kind', () => {
    expect(() => record.number('y')).toThrow("t00.case has no 'y'; it has x, m, mode, inner");
    expect(() => record.number('mode')).toThrow('t00.case.mode is not a number');
    expect(() => record.record('x')).toThrow('t00.case.x is not a record');
  });
});
