import { DataError, OptionError } from '@pushforward/tensors';
import { describe, expect, test } from 'vitest';
import type { CsvOptions } from './options.js';
import { parseCsv } from './parse.js';

const values = (text: string, options?: CsvOptions) => [...parseCsv(text, options).x];
const failure = (text: string, options?: CsvOptions) => {
  try {
    parseCsv(text, options);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as DataError).message;
  }
  throw new Error('It was accepted.');
};

describe('the form of a table', () => {
  test('a first row without a number names the columns', () => {
    const table = parseCsv('height, weight\n1.8,80\n1.6,55\n');
    expect(table.columns).toEqual(['height', 'weight']);
    expect([...table.x]).toEqual([1.8, 80, 1.6, 55].map(Math.fround));
  });

  test('with a number it is data, unless one says otherwise', () => {
    expect(parseCsv('1,2\n3,4\n').columns).toEqual(['x1', 'x2']);
    expect(parseCsv('2019,2020\n1,2\n3,4', { header: true }).columns).toEqual(['2019', '2020']);
    expect(parseCsv('a,1\nb,2\n', { target: 'x1' }).target!.classes).toEqual(['a', 'b']);
    expect(parseCsv('a,b\n1,c\n2,d\n', { target: 'b' }).columns).toEqual(['a']);
  });

  test.each([
    ['commas', 'a,b\n1,2\n3,4\n'],
    ['semicolons', 'a;b\n1;2\n3;4\n'],
    ['tabs', 'a\tb\n1\t2\n3\t4\n'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['CR', 'a,b\r1,2\r3,4\r'],
    ['no last line break', 'a,b\n1,2\n3,4'],
    ['quotes', '"a","b"\n"1","2"\n"3","4"\n'],
    ['spaces', ' a , b \n 1 , 2\n3 ,4 \n'],
    ['blank lines', '\na,b\n\n1,2\n\n3,4\n\n'],
    ['blank lines and semicolons', '\r\na;b\r\n\r\n1;2\r\n\r\n3;4\r\n\r\n'],
    ['a mark, CRLF and quotes', '\ufeff"a";"b"\r\n"1";"2"\r\n"3";"4"\r\n'],
  ])('%s', (_, text) => {
    const table = parseCsv(text);
    expect(table.columns).toEqual(['a', 'b']);
    expect([...table.x]).toEqual([1, 2, 3, 4]);
  });

  test('a delimiter that cannot be found is given', () => {
    expect(values('1 2\n3 4\n', { delimiter: ' ' })).toEqual([1, 2, 3, 4]);
  });

  test('one column needs no delimiter', () => {
    expect(values('a\n1\n2\n')).toEqual([1, 2]);
  });

  test('quoted names may hold delimiters, line breaks and doubled quotes', () => {
    expect(parseCsv('"a,b","c\n""d"""\n1,2\n3,4\n').columns).toEqual(['a,b', 'c\n"d"']);
  });

  test('numbers in all their forms', () => {
    expect(values('a\n+1.5\n-2e3\n.5\n7.\n1E-2\n')).toEqual(
      [1.5, -2000, 0.5, 7, 0.01].map(Math.fround),
    );
  });
});

describe('the parts of a table', () => {
  const text = 'x,y,kind,size,note\n1,2,cat,3,ab\n4,5,dog,6,cd\n7,8,cat,9,ef\n';

  test('target, context, and columns left out', () => {
    const table = parseCsv(text, {
      target: 'kind',
      context: ['size'],
      omit: ['note'],
      name: 'pets',
    });
    expect(table.name).toBe('pets');
    expect(table.columns).toEqual(['x', 'y']);
    expect([...table.context!.x]).toEqual([3, 6, 9]);
    expect(table.target!.classes).toEqual(['cat', 'dog']);
    expect([...table.labels]).toEqual([0, 1, 0]);
  });

  test('text in the context is coded one-hot, beside numbers', () => {
    const { context } = parseCsv(text, { context: ['kind', 'size'], omit: ['note'] });
    expect(context!.columns).toEqual(['kind=cat', 'kind=dog', 'size']);
    expect([...context!.x]).toEqual([1, 0, 3, 0, 1, 6, 1, 0, 9]);
  });

  test('numbers are a numeric target, or names when one says so, in numeric order', () => {
    const table = 'x,k\n1,10\n2,9\n3,10\n';
    expect([...parseCsv(table, { target: 'k' }).target!.values]).toEqual([10, 9, 10]);
    const { target } = parseCsv(table, { target: 'k', categorical: ['k'] });
    expect(target!.classes).toEqual(['9', '10']);
    expect([...target!.values]).toEqual([1, 0, 1]);
  });

  test('rows without a value are dropped when one says so; columns left out do not count', () => {
    const gaps = 'a,b,c\n1,2,\nNA,5,6\n7,8,?\n9, NaN ,1\n3,4,null\n';
    expect(values(gaps, { missing: 'drop', omit: ['c'] })).toEqual([1, 2, 7, 8, 3, 4]);
    expect(values('a,k\n1,u\n2,-\n3,v\n', { missing: 'drop', target: 'k' })).toEqual([1, 3]);
  });
});

describe('what cannot be used is an error that names line, column, text and remedy', () => {
  test.each<[string, string, RegExp, CsvOptions?]>([
    [
      'a missing value',
      'a,b\n1,2\n3,\n',
      /line 3, column 'b': the value is missing \(''\).*drop.*\{ missing: 'drop' \}.*omit: \['b'\]/,
    ],
    [
      'a missing value, as they are written',
      'a,b\n1,2\n3,N/A\n',
      /line 3, column 'b': the value is missing \('N\/A'\)/,
    ],
    [
      'a missing class',
      'a,k\n1,u\n2,\n',
      /line 3, column 'k': the value is missing/,
      { target: 'k' },
    ],
    [
      'text',
      'a,b\n1,2\n3,four\n',
      /line 3, column 'b': 'four' is not a number.*omit: \['b'\].*context: \['b'\]/,
    ],
    [
      'text after quoted line breaks',
      '"a\nb",c\n1,2\n\n3,x\n',
      /line 5, column 'c': 'x' is not a number/,
    ],
    [
      'text after a byte order mark and CRLF',
      '\ufeffa,b\r\n1,2\r\n3,x\r\n',
      /line 3, column 'b': 'x'/,
    ],
    [
      'text in the first line of data',
      '1,x\n2,y\n',
      /line 1, column 'x2': 'x' is not.*header: true/,
    ],
    [
      'a decimal comma',
      'a;b\n1;2\n3;1,5\n',
      /line 3, column 'b': '1,5' is not a number.*with a point/,
    ],
    ['a hexadecimal number', 'a\n1\n0x10\n', /'0x10' is not a number/],
    ['an infinity', 'a\n1\nInfinity\n', /'Infinity' is not a number/],
    [
      'a number beyond float32',
      'a,b\n1,2\n1e39,3\n',
      /line 3, column 'a': '1e39' is beyond the range/,
    ],
    ['a number beyond float64', 'a\n1\n-1e999\n', /'-1e999' is beyond the range/],
    ['a row too short', 'a,b\n1,2\n3\n', /line 3 has 1 cells, line 1 has 2: '3'/],
    ['a row too long', 'a,b\n1,2\n3,4,5\n', /line 3 has 3 cells, line 1 has 2: '3,4,5'/],
    ['a constant column', 'a,b\n1,7\n2,7\n', /column 'b' is 7 in all 2 rows.*omit: \['b'\]/],
    [
      'numbers and text in one target',
      'a,k\n1,2\n2,x\n',
      /'k' mixes numbers and text: '2' in line 2, 'x' in line 3/,
      { target: 'k' },
    ],
    ['an open quote', 'a,b\n1,"2\n3,4\n', /line 2: Quoted field unterminated/],
    ['two columns of one name', 'a,a\n1,2\n3,4\n', /two columns are named 'a'/],
    ['nothing', '', /there is nothing in it/],
    ['blank lines only', '\n\n', /there is nothing in it/],
    ['a header only', 'a,b\n', /there are no rows of values/],
    ['one row', 'a,b\n1,2\n', /there is 1 row of values; at least 2/],
    [
      'nothing after dropping',
      'a\n?\n1\n',
      /there is 1 row of values, and 1 with missing values/,
      { missing: 'drop' },
    ],
    ['no column to model', 'a\n1\n2\n', /no column is left to model/, { target: 'a' }],
  ])('%s', (_, text, message, options) => {
    expect(failure(text, options)).toMatch(message);
  });

  test('long texts are cut', () => {
    expect(failure(`a\n1\n${'z'.repeat(500)}\n`).length).toBeLessThan(300);
  });

  test.each<[CsvOptions, RegExp]>([
    [{ target: 'z' }, /no column 'z'; the columns are a, b/],
    [{ omit: ['z'] }, /no column 'z'/],
    [{ target: 'a', context: ['a'] }, /'a' can be only one of/],
    [{ categorical: ['b'] }, /'b' is categorical, which has no density/],
    [{ missing: 'ignore' as 'drop' }, /'throw' or 'drop', got 'ignore'/],
    [{ purpose: 'fun' as 'scoring' }, /'learning' or 'scoring', got 'fun'/],
    [{ columns: ['a'], omit: ['a'] }, /'a' can be only one of columns/],
    [{ columns: ['z'] }, /no column 'z'/],
    [{ separator: ';' } as CsvOptions, /unknown option 'separator'/],
  ])('options that contradict the table or each other: %j', (options, message) => {
    expect(() => parseCsv('a,b\n1,2\n3,4\n', options)).toThrow(OptionError);
    expect(() => parseCsv('a,b\n1,2\n3,4\n', options)).toThrow(message);
  });
});

test('rows to be scored may be few, and constant', () => {
  const table = parseCsv('a,b\n1,2\n', { purpose: 'scoring' });
  expect([...table.x]).toEqual([1, 2]);
  expect(() => parseCsv('a,b\n', { purpose: 'scoring' })).toThrow(
    /no rows of values; at least 1 is needed/,
  );
});

test('columns are taken in the order asked for, the rest is not looked at', () => {
  const table = parseCsv('name,a,b\nx,1,2\ny,3,4\n', { columns: ['b', 'a'] });
  expect(table.columns).toEqual(['b', 'a']);
  expect([...table.x]).toEqual([2, 1, 4, 3]);
});

test('a million rows of five columns take seconds, not minutes', () => {
  const row = (_: unknown, i: number) =>
    `${i},${(i * 0.37).toFixed(3)},${-i},${i % 7}e-3,${i + 1_000_000}`;
  const thousand = `${Array.from({ length: 1000 }, row).join('\n')}\n`;
  const text = Buffer.from(`a,b,c,d,e\n${thousand.repeat(1000)}`).toString();
  const start = process.cpuUsage();
  const table = parseCsv(text, { name: 'large' });
  const { user, system } = process.cpuUsage(start);
  expect([table.length, table.features]).toEqual([1e6, 5]);
  expect([...table.x.subarray(-5)]).toEqual([999, 369.63, -999, 0.005, 1_000_999].map(Math.fround));
  // Of processor time, so that a busy machine does not matter; measured: 2 s.
  expect((user + system) / 1e6).toBeLessThan(10);
});
