import { PNG } from 'pngjs';
import { type Html, html } from '../report/html.js';

/** The measures of images, how many stand in a row, and what they are. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  /** 1 for ink on paper, by default; 3 for red, green and blue. */
  readonly colours?: 1 | 3;
  readonly perRow: number;
  readonly label: string;
}

/**
 * Images in rows of `perRow`, as one PNG inside the page.
 *
 * @param images each `[height * width * colours]`, row by row, 0 paper and 1 ink, or lights from 0 to 1 of colours side by side;
 * values outside are clipped
 */
export function imageGrid(images: Images, shape: ImageShape): Html {
  const { width, height, data } = draw(images, shape);
  return html`<img class="pixels" width="${width}" height="${height}" alt="${shape.label}" src="${data}">`;
}

/** The same as a picture of its own, in which a pixel is `zoom` wide. */
export function imagePicture(images: Images, shape: ImageShape, zoom = 2): Html {
  const { width, height, data } = draw(images, shape);
  const size = html`width="${zoom * width}" height="${zoom * height}"`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${shape.label}"><image ${size} href="${data}" style="image-rendering:pixelated"/></svg>`;
}

type Images = readonly (readonly number[])[];

function draw(images: Images, { height, width, colours = 1, perRow }: ImageShape) {
  const [cellHeight, cellWidth] = [height + 1, width + 1];
  const colorType = colours === 1 ? 0 : 2;
  const png = new PNG({
    width: perRow * cellWidth - 1,
    height: Math.ceil(images.length / perRow) * cellHeight - 1,
    colorType,
  });
  png.data.fill(255);
  for (const [n, image] of images.entries())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const pixel = colours * (y * width + x);
        const row = Math.floor(n / perRow) * cellHeight + y;
        const at = 4 * (row * png.width + (n % perRow) * cellWidth + x);
        const lights = [0, 1, 2].map((c) =>
          colours === 1 ? 1 - clipped(image[pixel]!) : clipped(image[pixel + c]!),
        );
        png.data.set(
          lights.map((light) => Math.round(255 * light)),
          at,
        );
      }
  const file = PNG.sync.write(png, { colorType });
  return {
    width: png.width,
    height: png.height,
    data: `data:image/png;base64,${file.toString('base64')}`,
  };
}

function clipped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
