import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../testing/commandLine.js';
import { experiments } from './registry.js';
import { type Result, resultSchema } from './result.js';

const out = mkdtempSync(join(tmpdir(), 'pushforward-experiments-'));
afterAll(() => {
  rmSync(out, { recursive: true, force: true });
});

const root = resolve(import.meta.dirname, '../../../..');
const committed = join(root, 'docs/results');
const data = process.env.PUSHFORWARD_DATA ?? resolve(root, '../shared/data');
const needed = ['bsds300', 'uci', 'sachs'];
const hasData = needed.every((folder) => existsSync(join(data, folder)));

function resultOf(folder: string): Result {
  return resultSchema.parse(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
}

test('the list names every experiment with its source', async () => {
  const { code, out } = await commandLine('reproduce', 'list');
  expect(code).toBe(0);
  for (const { name, source } of experiments) {
    expect(out).toContain(name);
    expect(out).toContain(source.document);
  }
});

describe('made-vs-maf', () => {
  test('quick: every claim holds', async () => {
    const folder = join(out, 'made-vs-maf');
    const { code } = await commandLine('reproduce', 'made-vs-maf', '--out', folder);
    const { rows, checks, scale } = resultOf(folder);
    expect(checks.map(({ holds }) => holds)).toEqual([true, true, true]);
    expect([code, scale]).toEqual([0, 'quick']);
    // Minus the entropy of the law, log(2 pi e) + log 2, to four standard errors.
    expect(Math.abs(rows[0]!.value + Math.log(4 * Math.PI * Math.E))).toBeLessThan(
      4 * rows[0]!.standardError!,
    );
    expect(readdirSync(folder).sort()).toEqual(['made-vs-maf.svg', 'result.json']);
  });
});

describe.each([
  ['affine-capacity', []],
  ['affine-nonuniversal', []],
  ['graph-prescribed', []],
  ['graph-learned', ['graph-learned-network.svg']],
])('%s', (name, more) => {
  test('quick: every claim holds', async () => {
    const folder = join(out, name);
    const { code } = await commandLine('reproduce', name, '--out', folder);
    expect(resultOf(folder).checks.filter(({ holds }) => !holds)).toEqual([]);
    expect(code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([...more, `${name}.svg`, 'result.json']);
  });
});

describe('experiments on data that are not embedded', () => {
  const before = process.env.PUSHFORWARD_DATA;
  beforeAll(() => {
    process.env.PUSHFORWARD_DATA = data;
  });
  afterAll(() => {
    if (before === undefined) delete process.env.PUSHFORWARD_DATA;
    else process.env.PUSHFORWARD_DATA = before;
  });

  const absent = `: ${data} holds no ${needed.join(' and ')}; name their folder with PUSHFORWARD_DATA`;
  test.skipIf(!hasData)(
    `gaussian-baselines, quick: every claim holds${hasData ? '' : absent}`,
    async () => {
      const folder = join(out, 'gaussian-baselines');
      const { code } = await commandLine('reproduce', 'gaussian-baselines', '--out', folder);
      expect(resultOf(folder).checks.map(({ holds }) => holds)).toEqual([true, true, true]);
      expect(code).toBe(0);
    },
  );

  test.skipIf(!hasData).each(['graph-protein', 'graph-density'])(
    `%s, quick: every claim holds${hasData ? '' : absent}`,
    async (name) => {
      const folder = join(out, name);
      const { code } = await commandLine('reproduce', name, '--out', folder);
      expect(resultOf(folder).checks.filter(({ holds }) => !holds)).toEqual([]);
      expect(code).toBe(0);
      expect(readdirSync(folder).sort()).toEqual([`${name}.svg`, 'result.json']);
    },
    240_000,
  );

  describe('without its data', () => {
    afterEach(() => {
      process.env.PUSHFORWARD_DATA = data;
    });

    test.each([
      ['gaussian-baselines', /holds no bsds300\/derived/],
      ['graph-protein', /holds no sachs\/gnf\/derived\/X_train.csv/],
      ['graph-density', /holds no .*winequality-white.csv/],
      ['typed-anomaly', /holds no mnist\/train-images/],
      ['conditional-vae', /holds no mnist\/train-images/],
    ])('%s says which file is missing, and writes nothing', async (name, message) => {
      process.env.PUSHFORWARD_DATA = out;
      const folder = join(out, 'without data');
      const { code, err } = await commandLine('reproduce', name, '--out', folder);
      expect(code).toBe(2);
      expect(err).toMatch(message);
      expect(existsSync(folder)).toBe(false);
    });
  });
});

describe('results that the project stands behind', () => {
  test.each(experiments.map(({ name }) => name))('%s', (name) => {
    const result = resultSchema.parse(
      JSON.parse(readFileSync(join(committed, `${name}.json`), 'utf8')),
    );
    expect(result.experiment).toBe(name);
    expect(result.checks.every(({ holds }) => holds)).toBe(true);
  });
});

describe('a result', () => {
  const good = {
    experiment: 'x',
    source: { document: 'y', item: 'z' },
    scale: 'quick',
    engine: 'cpu',
    seed: 1,
    seconds: 2,
    rows: [
      {
        ...{ label: 'a', metric: 'b', value: 1, standardError: null, published: null },
        ...{ publishedError: null, comparable: false, note: '' },
      },
    ],
    checks: [{ claim: 'c', value: 1, threshold: 2, holds: true }],
  };

  test('has every field and no other', () => {
    expect(resultSchema.safeParse(good).success).toBe(true);
    expect(resultSchema.safeParse({ ...good, extra: 1 }).success).toBe(false);
    expect(resultSchema.safeParse({ ...good, rows: [] }).success).toBe(false);
    expect(
      resultSchema.safeParse({ ...good, rows: [{ ...good.rows[0], value: NaN }] }).success,
    ).toBe(false);
  });
});
