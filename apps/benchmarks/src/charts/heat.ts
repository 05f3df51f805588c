import * as Plot from '@observablehq/plot';
import { PNG } from 'pngjs';

/** Values over the rectangle of the axes, rows from the bottom up, each from left to right. */
export type Grid = readonly (readonly number[])[];

/** Of the colour that the largest values have. */
const [red, green, blue] = [0x24, 0x56, 0xc8];
/** The share of values that have it: a single peak would leave all others white. */
const saturated = 0.005;

/** A mark that fills a frame of that size with a grid: white for 0, blue for the largest values. */
export function heat(values: Grid, { width, height }: { width: number; height: number }) {
  const sorted = values.flat().sort((a, b) => b - a);
  const most = sorted[Math.floor(saturated * sorted.length)]! || 1;
  const png = new PNG({ width: values[0]!.length, height: values.length, colorType: 2 });
  for (const [i, row] of [...values].reverse().entries())
    for (const [j, value] of row.entries()) {
      const share = Math.min(1, Math.max(0, value / most));
      const colour = [red, green, blue].map((end) => Math.round(255 + share * (end - 255)));
      png.data.set([...colour, 255], 4 * (i * png.width + j));
    }
  const data = PNG.sync.write(png, { colorType: 2 }).toString('base64');
  return Plot.image([0], {
    ...{ frameAnchor: 'middle', width, height, preserveAspectRatio: 'none' },
    src: () => `data:image/png;base64,${data}`,
  });
}
