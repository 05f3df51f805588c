import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { bars } from './bars.js';
import { cloudGrid } from './clouds.js';
import { learningCurves } from './curves.js';
import { imageGrid } from './images.js';
import { coordinates, lengths } from './latent.js';
import { pairPlot } from './pairs.js';
import { scoreChart } from './scores.js';

describe('bars', () => {
  test('have area 1 together', () => {
    const drawn = bars([0.125, 0.25, 0.75, 0.875], [0, 1], 4);
    const area = drawn.reduce((sum, { from, to, density }) => sum + (to - from) * density, 0);
    expect(area).toBeCloseTo(1, 12);
    expect(drawn.map(({ density }) => density)).toEqual([1, 1, 0, 2]);
  });

  test('count what lies outside, without drawing it', () => {
    expect(bars([0.5, 2], [0, 1], 1)).toEqual([{ from: 0, to: 1, density: 0.5 }]);
  });
});

test('an image grid holds the images: ink is black, paper and gaps are white, values outside are clipped', () => {
  const shape = { height: 1, width: 2, perRow: 1, label: 'x' };
  const { markup } = imageGrid(
    [
      [1, 0],
      [0.5, 3],
    ],
    shape,
  );
  const data = /base64,([^"]*)/.exec(markup)![1]!;
  const png = PNG.sync.read(Buffer.from(data, 'base64'));
  const grey = Array.from({ length: png.width * png.height }, (_, i) => png.data[4 * i]);
  expect([png.width, png.height]).toEqual([2, 3]);
  expect(grey).toEqual([0, 255, 255, 255, 128, 0]);
});

test('colours are red, green and blue, as bright as they are', () => {
  const shape = { height: 1, width: 1, colours: 3, perRow: 1, label: 'x' } as const;
  const { markup } = imageGrid([[1, -1, 0.5]], shape);
  const png = PNG.sync.read(Buffer.from(/base64,([^"]*)/.exec(markup)![1]!, 'base64'));
  expect([...png.data]).toEqual([255, 0, 128, 255]);
});

test('a density has its first row below, white for 0 and the colour for the most', () => {
  const cloud = { title: 'a', points: [[0, 0]], groups: [0] };
  const density = [
    [0, 1],
    [2, 2],
  ];
  const { markup } = cloudGrid([[cloud, { title: 'b', density }]]);
  const data = /base64,([^"]*)/.exec(markup)![1]!;
  const png = PNG.sync.read(Buffer.from(data, 'base64'));
  const red = Array.from({ length: 4 }, (_, i) => png.data[4 * i]);
  expect(red).toEqual([0x24, 0x24, 255, Math.round((255 + 0x24) / 2)]);
});

describe('charts', () => {
  const rows = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(i), i / 40]);
  const curve = { label: 'a', train: [3, 2, 1], validation: [3, 2.5, 2.6], best: 2 };
  const baseline = { label: 'other', loss: 2 };

  test.each([
    ['coordinates', coordinates(rows)],
    ['lengths', lengths(rows)],
    ['pairs', pairPlot(['a', 'b', 'c'], rows, rows)],
    ['curves', learningCurves([curve, curve], baseline)],
    ['scores', scoreChart([{ label: 'a', mean: -1, standardError: 0.1, colour: 'red' }])],
    [
      'clouds',
      cloudGrid([
        [
          { title: 'a', points: rows, groups: rows.map(() => 0) },
          { title: 'b', density: [[1, 2]] },
        ],
      ]),
    ],
  ])('%s: an SVG of its own, with a name and no number that is not one', (_, { markup }) => {
    expect(markup).toMatch(/^<svg /);
    expect(markup).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(markup).toContain('aria-label=');
    expect(markup).not.toMatch(/NaN|undefined|Infinity/);
    expect(markup.match(/<svg /g)!.length).toBe(markup.match(/<\/svg>/g)!.length);
  });

  test('a pair plot has a dot for every row, in every panel off the diagonal', () => {
    const { markup } = pairPlot(['a', 'b', 'c'], rows, rows.slice(0, 10));
    expect(markup.match(/<circle /g)).toHaveLength(3 * 40 + 3 * 10);
  });
});
