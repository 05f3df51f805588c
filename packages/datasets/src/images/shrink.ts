/** Numbers row after row, the channels of a pixel side by side. */
export interface Picture {
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * A picture in fewer pixels: each is the mean over the area that it covers, of pixels at its edges the part that it
 * covers.
 *
 * @returns `[height, width, channels]`, row after row
 */
export function shrink(picture: Picture, height: number, width: number): Float32Array {
  const { data, channels } = picture;
  const rows = shrinkAxis(data, 1, picture.height, height, picture.width * channels);
  return shrinkAxis(rows, height, picture.width, width, channels);
}

/** Numbers `[before, from, after]`, shrunk to `[before, to, after]`. */
function shrinkAxis(
  data: ArrayLike<number>,
  before: number,
  from: number,
  to: number,
  after: number,
): Float32Array {
  const result = new Float32Array(before * to * after);
  const size = from / to;
  for (let i = 0; i < to; i++) {
    const [start, end] = [i * size, (i + 1) * size];
    for (let pixel = Math.floor(start); pixel < Math.min(end, from); pixel++) {
      const share = (Math.min(pixel + 1, end) - Math.max(pixel, start)) / size;
      for (let b = 0; b < before; b++) {
        const [into, out] = [(b * to + i) * after, (b * from + pixel) * after];
        for (let a = 0; a < after; a++) result[into + a]! += share * data[out + a]!;
      }
    }
  }
  return result;
}
