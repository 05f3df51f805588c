import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCsv } from '@pushforward/datasets';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { commandLine } from '../testing/commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'pushforward-commands-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string) => join(folder, name);
function file(name: string, text: string): string {
  writeFileSync(path(name), text);
  return path(name);
}

/** Two columns that depend on each other, and a class. */
function table(rows: number): string {
  const line = (_: unknown, i: number) => {
    const [a, b] = [Math.sin(12.9898 * i), Math.cos(78.233 * i)];
    return `${a.toFixed(4)},${(a * a + 0.3 * b).toFixed(4)},${i % 3 === 0 ? 'red' : 'blue'}`;
  };
  return `height,weight,colour\n${Array.from({ length: rows }, line).join('\n')}\n`;
}

describe('a command line that is wrong', () => {
  test.each([
    [['--frob'], /unknown option '--frob'/],
    [['fitt'], /too many arguments/],
    [['fit'], /missing required argument 'data.csv'/],
    [
      ['fit', 'x.csv', '--flow', 'glow'],
      /Allowed choices are nsf, nsf-coupling, maf, iaf, realnvp/,
    ],
    [['fit', 'x.csv', '--epochs', 'many'], /It must be an integer from 1 up/],
    [['fit', 'x.csv', '--seed', '-1'], /It must be an integer from 0 up/],
    [['fit', 'x.csv', '--engine', 'steam'], /unknown engine 'steam'/],
    [['fit', path('none.csv')], /none.csv cannot be read/],
    [['fit', path('none.csv'), '--categorical'], /name the column with --target/],
    [['sample', path('none')], /none holds no whole model of a table/],
    [['reproduce', 'everything'], /no experiment 'everything'; there are gaussian-baselines/],
    [['reproduce', 'made-vs-maf', '--scale', 'huge'], /Allowed choices are quick, full/],
  ])('%j', async (words, message) => {
    const { code, err } = await commandLine(...words);
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
    expect(code).toBe(2);
  });

  test('help is no error, and shows every command with examples', async () => {
    const { code, out } = await commandLine('--help');
    expect(code).toBe(0);
    for (const name of ['fit', 'sample', 'log-prob', 'report', 'reproduce', '--engine', '--seed'])
      expect(out).toContain(name);
    expect(out).toContain('npm start -- fit my.csv');
  });
});

describe('a table that cannot be used', () => {
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${(i * i) % 7}`).join('\n');

  test.each([
    ['a missing value', `a,b\n1,\n${rows}`, [], /line 2, column 'b': the value is missing/],
    ['a text column', `a,b,c\n1,2,x\n3,4,y\n`, [], /'x' is not a number.*--omit 'c'.*--target 'c'/],
    ['a ragged row', `a,b\n1,2\n3,4,5\n`, [], /line 3 has 3 cells, line 1 has 2/],
    ['a constant column', `a,b\n1,7\n2,7\n`, [], /column 'b' is 7 in all 2 rows.*--omit 'b'/],
    ['one row', 'a,b\n1,2\n', [], /there is 1 row of values/],
    ['no row', 'a,b\n', [], /there are no rows of values/],
    ['nothing', '', [], /there is nothing in it/],
    ['too few rows', 'a,b\n1,2\n2,1\n3,3\n', [], /has 3 rows; at least 20 are needed/],
    ['no such target', `a,b\n${rows}`, ['--target', 'c'], /no column 'c'; the columns are a, b/],
    [
      'a single column to couple',
      `a\n${rows.replaceAll(',', '\n')}`,
      ['--flow', 'realnvp'],
      /at least 2/,
    ],
  ])('%s', async (name, text, options, message) => {
    const out = path(`out ${name}`);
    const { code, err } = await commandLine(
      'fit',
      file(`${name}.csv`, text),
      '--out',
      out,
      ...options,
    );
    expect(err).toMatch(message);
    expect(err).not.toMatch(/ {4}at |\{ (omit|context|missing|categorical)/);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  test('a byte order mark, Windows line ends and missing values that may be dropped are no obstacle', async () => {
    const text = `\ufeffa,b\r\n1,\r\n${rows.replaceAll('\n', '\r\n')}\r\n`;
    const out = path('windows');
    const words = ['fit', file('windows.csv', text), '--missing', 'drop', '--epochs', '1'];
    const { code } = await commandLine(...words, '--flow', 'maf', '--out', out);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      modelTopology: { config: { columns: ['a', 'b'] } },
    });
  });

  test('a place that cannot be written is found out before the work', async () => {
    const words = ['fit', file('good.csv', table(60)), '--omit', 'colour'];
    words.push('--out', join(file('a file', ''), 'out'));
    const { code, err } = await commandLine(...words);
    expect(err).toMatch(/Cannot write .*a file.*a part of the path is a file/);
    expect(err).not.toMatch(/epoch/);
    expect(code).toBe(2);
  });
});

describe("a model for one's own table", () => {
  const model = path('model');
  const data = () => file('colours.csv', table(300));
  beforeAll(async () => {
    const words = ['fit', data(), '--target', 'colour', '--flow', 'maf', '--epochs', '3'];
    const { code, out } = await commandLine(...words, '--out', model);
    expect(code).toBe(0);
    expect(out).toMatch(/45 test rows.*\n +flow .*\n +kernel density.*\n +Gaussian/);
  });

  test('is written with its report and its numbers, and nothing else', () => {
    const files = ['config.json', 'metrics.json', 'report.html', 'weights.safetensors'];
    expect(readdirSync(model).sort()).toEqual(files);
    const page = readFileSync(join(model, 'report.html'), 'utf8');
    expect(page).toContain('A flow of colours.csv');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script/);
    const metrics = JSON.parse(readFileSync(join(model, 'metrics.json'), 'utf8')) as object;
    expect(metrics).toMatchObject({ unit: 'nats', seed: 1, studies: [{ testRows: 45 }] });
  });

  test('gives samples, the same for the same seed', async () => {
    const words = ['sample', model, '-n', '50', '--target', 'red'];
    const { out } = await commandLine(...words);
    const drawn = parseCsv(out, { target: 'colour', purpose: 'scoring' });
    expect([drawn.length, drawn.columns]).toEqual([50, ['height', 'weight']]);
    expect(drawn.target!.classes).toEqual(['red']);
    expect((await commandLine(...words)).out).toBe(out);
    expect((await commandLine(...words, '--seed', '2')).out).not.toBe(out);
  });

  test('scores rows, one at a time or together, whatever other columns there are', async () => {
    const [, ...rows] = table(20).trim().split('\n');
    const all = file(
      'all.csv',
      `note,height,weight,colour\n${rows.map((r) => `x,${r}`).join('\n')}`,
    );
    const one = file(
      'one.csv',
      `colour,weight,height\n${rows[3]!.split(',').reverse().join(',')}\n`,
    );
    const together = (await commandLine('log-prob', model, all)).out.trim().split('\n');
    const alone = (await commandLine('log-prob', model, one)).out.trim().split('\n');
    expect(together).toHaveLength(21);
    expect(together[0]).toBe('log_prob');
    expect(Number(alone[1])).toBeCloseTo(Number(together[4]), 4);
  });

  test('reports on a table', async () => {
    const out = path('on a table');
    const { code } = await commandLine('report', model, data(), '--out', out);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['metrics.json', 'report.html']);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('The least likely rows');
  });

  test.each([
    [['sample'], /conditional on 'colour': say for which value with --target/],
    [['sample', '--target', 'green'], /knows no 'green' of 'colour'; it knows blue, red/],
  ])('refuses %j', async ([command, ...options], message) => {
    const { code, out, err } = await commandLine(command!, model, ...options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });

  test('refuses a table that lacks a column', async () => {
    const lacking = file('lacking.csv', 'height,colour\n1,red\n');
    const { code, err } = await commandLine('log-prob', model, lacking);
    expect(code).toBe(2);
    expect(err).toMatch(/no column 'weight'; the columns are height, colour/);
  });

  test('is refused when it is damaged', async () => {
    const damaged = path('damaged');
    await commandLine('fit', data(), '--omit', 'colour', '--epochs', '1', '--out', damaged);
    truncateSync(join(damaged, 'weights.safetensors'), 200);
    const { code, err } = await commandLine('sample', damaged);
    expect(code).toBe(2);
    expect(err).toMatch(/damaged holds no whole model of a table.*checksum/);
  });

  test('scores a million rows', async () => {
    const small = path('small');
    await commandLine(
      'fit',
      data(),
      '--omit',
      'colour',
      'weight',
      '--flow',
      'maf',
      '--epochs',
      '1',
      '--out',
      small,
    );
    const million = file('million.csv', `height\n${'0.1\n-0.5\n0.7\n0.2\n'.repeat(250_000)}`);
    const { code, out } = await commandLine('log-prob', small, million);
    expect(code).toBe(0);
    expect(out.length).toBeGreaterThan(1e6);
    expect(out.split('\n')).toHaveLength(1e6 + 2);
  });
});

describe('Ctrl-C', () => {
  const words = (out: string) => [
    'fit',
    file('long.csv', table(400)),
    ...['--omit', 'colour', '--flow', 'maf', '--epochs', '40', '--out', out],
  ];
  const models = (out: string) => {
    const { studies } = JSON.parse(readFileSync(join(out, 'metrics.json'), 'utf8')) as {
      studies: { models: unknown; learning: unknown }[];
    };
    return studies.map(({ models, learning }) => ({ models, learning }));
  };

  test('leaves nothing half-written, and --resume ends with the numbers of a run without it', async () => {
    const [straight, broken] = [path('straight'), path('broken')];
    expect((await commandLine(...words(straight))).code).toBe(0);

    const timer = setInterval(() => process.emit('SIGINT'), 300);
    const { code, err } = await commandLine(...words(broken));
    clearInterval(timer);
    expect(code).toBe(130);
    expect(err).toMatch(/Interrupted; the same command with --resume goes on/);
    expect(readdirSync(broken)).toEqual(['checkpoint']);

    const other = await commandLine(...words(broken), '--resume', '--seed', '2');
    expect(other.code).toBe(2);
    expect(other.err).toMatch(/--resume goes on with the same file.*--seed as before/);

    expect((await commandLine(...words(broken), '--resume')).code).toBe(0);
    expect(models(broken)).toEqual(models(straight));
    expect(readdirSync(broken)).not.toContain('checkpoint');
  });
});

describe('the main job', () => {
  beforeEach(() => {
    mkdirSync(path('start'), { recursive: true });
  });

  test('says so and exits with 1 where the flow does not beat the baselines, as after one epoch', async () => {
    const { code, out, err } = await commandLine('--epochs', '1', '--out', path('start'));
    expect(code).toBe(1);
    expect(out).toMatch(/digits: mean log-likelihood of 270 test rows/);
    expect(out).toMatch(/iris: mean log-likelihood of 150 test rows/);
    expect(err).toMatch(/On iris the flow does not beat both baselines/);
    expect(readdirSync(path('start')).sort()).toEqual(['metrics.json', 'report.html']);
    const page = readFileSync(join(path('start'), 'report.html'), 'utf8');
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script/);
    expect(page).toContain('class="verdict fails"');
    expect(page.match(/data:image\/png/g)).toHaveLength(2);
    // What the site shows is a run of these flows, and a whole one.
    const facts = (path: string | URL) => {
      const { studies } = JSON.parse(readFileSync(path, 'utf8')) as {
        studies: { name: string; flow: object; parameters: number; testRows: number }[];
      };
      return studies.map(({ name, flow, parameters, testRows }) => [
        name,
        flow,
        parameters,
        testRows,
      ]);
    };
    const shown = new URL('../../../../docs/results/digits-and-iris.json', import.meta.url);
    const hint =
      'run npm start, then copy its report and metrics.json to docs/public and docs/results';
    expect(facts(shown), hint).toEqual(facts(join(path('start'), 'metrics.json')));
  });
});
