/** The experiments of diffusion models at sizes that show that they run, not what they claim. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { celebA, type Dataset, digits, Split } from '@pushforward/datasets';
import { Key, useEngine } from '@pushforward/tensors';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { convolutions } from '../studies/imageNetworks.js';
import { quietRun } from '../testing/quietRun.js';
import { planesOf } from './ddpm2d.js';
import { drawnByClass } from './ddpmImages.js';
import { type ImageStudy, priorsOn } from './diffusionPrior.js';

let data: Dataset;

beforeAll(async () => {
  await useEngine('wasm');
  data = digits().partition(Key.from(1), { validation: 0.1, test: 0.25 });
});

const recipe = { epochs: 1, batchSize: 64, learningRate: 1e-3 };
const seeing = { channels: [4], features: 4, recipe };

test('ddpm-2d', async () => {
  const { rows, checks, pictures } = await planesOf(quietRun, {
    ...{ laws: ['twoMoons'], train: 256, test: 50, hidden: [8], steps: 20, recipe },
    ...{ drawn: 50, sets: 2, repeats: 1 },
  });
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(8).fill(true));
  // A bound stays one whatever was learned.
  expect(checks[1]).toMatchObject({ holds: true });
  expect(Object.keys(pictures)).toEqual(['ddpm-2d.svg']);
});

test('ddpm-digits', async () => {
  const network = convolutions({ patch: 2, channels: [8], blocks: 1, attention: [] });
  const { rows, checks, pictures } = await drawnByClass(
    quietRun,
    {
      ...{ black: 16, train: 128, validation: 64, reference: 64, steps: 10, walked: 3, recipe },
      ...{ network, seeing, drawn: 60 },
    },
    data,
  );
  expect(rows).toHaveLength(9);
  expect(rows.map(({ value }) => Number.isFinite(value))).toEqual(Array(9).fill(true));
  expect(checks).toHaveLength(3);
  expect(Object.keys(pictures)).toHaveLength(3);
});

describe('diffusion-prior', () => {
  const size = {
    ...{ train: 128, validation: 64, reference: 64, latents: [3], channels: [4], sets: 2 },
    ...{ priors: { hidden: [8], components: 5, steps: 10 }, recipe, seeing },
  };
  const kinds = ['normal', 'flow', 'vamp', 'diffusion'];
  const areFinite = (rows: readonly { value: number }[]) =>
    rows.map(({ value }) => Number.isFinite(value));

  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pushforward-pictures-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  /** Faces of one colour each, in the files of the authors: so many for training, validation and testing. */
  function putFaces(counts: readonly number[]) {
    const parts = counts.flatMap((count, part) => Array<number>(count).fill(part));
    const names = parts.map((_, i) => `${String(i + 1).padStart(6, '0')}.jpg`);
    mkdirSync(join(home, 'celeba/img_align_celeba'), { recursive: true });
    const list = parts.map((part, i) => `${names[i]!} ${part}\n`).join('');
    writeFileSync(join(home, 'celeba/list_eval_partition.txt'), list);
    const [width, height] = [178, 218];
    for (const [i, name] of names.entries()) {
      const face = new Uint8Array(4 * width * height);
      for (let at = 0; at < face.length; at += 4) face.set([255, 9 * i, 128, 255], at);
      const { data } = jpeg.encode({ data: face, width, height }, 90);
      writeFileSync(join(home, 'celeba/img_align_celeba', name), data);
    }
  }

  const faces: ImageStudy = {
    ...{ optional: true, image: [64, 64, 3], levels: 255, claims: ['better'] },
    data: () => celebA({ folder: home }),
    published: { normal: { 3: 154.3 } },
    size: {
      ...{ ...size, channels: [4, 4, 4, 8] },
      recipe: { epochs: 8, batchSize: 6, learningRate: 1e-2 },
    },
  };

  test('of grey images', async () => {
    const { rows, checks, pictures } = await priorsOn(quietRun, [
      {
        ...{ optional: false, image: [8, 8, 1], levels: 16, claims: ['better', 'close'] },
        ...{ data: () => Promise.resolve(data), size },
      },
    ]);
    expect(areFinite(rows)).toEqual(Array(13).fill(true));
    expect(rows[0]!.metric).toBe('share of 64 test images whose digit it finds');
    expect(checks).toHaveLength(4);
    expect(Object.keys(pictures)).toEqual(
      kinds.map((kind) => `diffusion-prior-digits-3-${kind}.svg`),
    );
  });

  test('of faces, in the files of CelebA, which have no classes', async () => {
    putFaces([12, 4, 8]);
    const { rows, checks, pictures } = await priorsOn(quietRun, [faces]);
    expect(areFinite(rows)).toEqual(Array(13).fill(true));
    expect(rows[0]!.metric).toBe('share of 8 test images whose turn it finds');
    expect(rows[1]).toMatchObject({ published: 154.3, comparable: false });
    expect(rows[4]).toMatchObject({ published: null });
    expect(checks).toHaveLength(3);
    // All faces are full of red and half full of blue.
    const { markup } = pictures['diffusion-prior-celeba-3-normal.svg']!;
    const png = PNG.sync.read(Buffer.from(/base64,([^"]*)/.exec(markup)![1]!, 'base64'));
    // A row of ten: no more are drawn than there are to be like.
    expect([png.width, png.height]).toEqual([649, 64]);
    const [red, , blue] = png.data.subarray(0, 3);
    expect(red! - blue!).toBeGreaterThan(10);
  });

  test('of pictures as those of CIFAR-10', async () => {
    const classes = Array.from({ length: 10 }, (_, i) => `kind ${i}`);
    const part = (length: number) =>
      new Split({
        columns: Array.from({ length: 3072 }, (_, i) => `number${i}`),
        x: Float32Array.from({ length: length * 3072 }, (_, i) => (7 * i) % 256),
        target: { name: 'class', values: Float32Array.from({ length }, (_, i) => i % 10), classes },
      });
    const pictures = { name: 'CIFAR-10', source: '', validation: part(10), test: part(20) };
    const { rows, checks } = await priorsOn(quietRun, [
      {
        ...{ optional: true, image: [32, 32, 3], levels: 255, claims: [] },
        data: () => Promise.resolve({ ...pictures, train: part(20) }),
        // More latents than units of a hidden layer.
        size: { ...size, latents: [12], channels: [4, 4, 8] },
      },
    ]);
    expect(areFinite(rows)).toEqual(Array(13).fill(true));
    expect(checks).toEqual([]);
  });

  test('leaves out, and says so, optional images that are not there; others must be', async () => {
    const lines: string[] = [];
    const run = { ...quietRun, say: (line: string) => lines.push(line) };
    expect(await priorsOn(run, [faces])).toEqual({ rows: [], checks: [], pictures: {} });
    expect(lines).toEqual([
      expect.stringMatching(/^Left out, .*list_eval_partition.txt is absent/),
    ]);
    await expect(priorsOn(run, [{ ...faces, optional: false }])).rejects.toThrow('is absent');
  });
});
