import { expect, test } from 'vitest';
import { shrink } from './shrink.js';

const picture = (height: number, width: number, channels: number) => ({
  ...{ height, width, channels },
  data: Float32Array.from({ length: height * width * channels }, (_, i) => (i * i) % 31),
});

test('whole pixels are averaged', () => {
  const small = shrink({ data: [1, 2, 3, 4, 5, 6, 7, 8], height: 2, width: 4, channels: 1 }, 1, 2);
  expect([...small]).toEqual([(1 + 2 + 5 + 6) / 4, (3 + 4 + 7 + 8) / 4]);
});

test('parts of pixels count as much as they are', () => {
  const small = shrink({ data: [3, 6, 9], height: 1, width: 3, channels: 1 }, 1, 2);
  expect(small[0]).toBeCloseTo((3 + 0.5 * 6) / 1.5, 6);
  expect(small[1]).toBeCloseTo((0.5 * 6 + 9) / 1.5, 6);
});

test('it is the mean of a picture whose pixels are repeated to a common multiple', () => {
  const { data, height, width, channels } = picture(7, 5, 3);
  const [tall, wide] = [3, 4];
  const small = shrink({ data, height, width, channels }, tall, wide);
  for (let i = 0; i < tall; i++)
    for (let j = 0; j < wide; j++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let y = i * height; y < (i + 1) * height; y++)
          for (let x = j * width; x < (j + 1) * width; x++)
            sum += data[(Math.floor(y / tall) * width + Math.floor(x / wide)) * channels + c]!;
        expect(small[(i * wide + j) * channels + c]).toBeCloseTo(sum / (height * width), 4);
      }
});

test('the same size changes nothing, and a constant stays one', () => {
  const { data, height, width, channels } = picture(4, 6, 2);
  expect([...shrink({ data, height, width, channels }, 4, 6)]).toEqual([...data]);
  const flat = new Float32Array(105 * 105).fill(255);
  const small = shrink({ data: flat, height: 105, width: 105, channels: 1 }, 28, 28);
  for (const grey of small) expect(grey).toBeCloseTo(255, 3);
});
