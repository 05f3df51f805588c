import { PNG } from 'pngjs';
import { type Html, html } from '../report/html.js';

/**
 * Grey images in rows of `perRow`, as one PNG inside the page.
 *
 * @param images each `[height * width]`, row by row, 0 paper and 1 ink; values outside are clipped
 */
export function imageGrid(
  images: readonly (readonly number[])[],
  shape: { height: number; width: number; perRow: number; label: string },
): Html {
  const { height, width, perRow } = shape;
  const [cellHeight, cellWidth] = [height + 1, width + 1];
  const png = new PNG({
    width: perRow * cellWidth - 1,
    height: Math.ceil(images.length / perRow) * cellHeight - 1,
    colorType: 0,
  });
  png.data.fill(255);
  for (const [n, image] of images.entries())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const grey = 255 * (1 - Math.min(1, Math.max(0, image[y * width + x]!)));
        const row = Math.floor(n / perRow) * cellHeight + y;
        const at = 4 * (row * png.width + (n % perRow) * cellWidth + x);
        png.data.fill(Math.round(grey), at, at + 3);
      }
  const data = PNG.sync.write(png, { colorType: 0 }).toString('base64');
  return html`<img class="pixels" width="${png.width}" height="${png.height}" alt="${shape.label}" src="data:image/png;base64,${data}">`;
}
