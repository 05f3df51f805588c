import { expectNoLeak } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { useEngine } from './engine.js';

beforeAll(async () => {
  await useEngine('wasm');
});

/** Numbers in (-1, 1) without a pattern. */
function noise(shape: number[], seed = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const values = Float32Array.from({ length: size }, (_, i) => (Math.sin(i + seed) * 1e4) % 1);
  return tf.tensor(values, shape);
}

/** Runs on wasm and on cpu; expects the same, and that nothing is left in either's memory. */
async function expectSame(compute: () => tf.Tensor, tolerance = 0): Promise<void> {
  const backend = tf.backend() as tf.KernelBackend & Pick<BackendWasm, 'numDataIds'>;
  const before = backend.numDataIds();
  const [values, shape, dtype] = run(compute);
  expect(backend.numDataIds()).toBe(before);
  await tf.setBackend('cpu');
  const [expected, ...kind] = run(compute);
  await tf.setBackend('wasm');
  expect([shape, dtype]).toEqual(kind);
  expect(values).toBeAllClose(expected, { abs: tolerance });
}

function run(compute: () => tf.Tensor): [number[], number[], string] {
  const y = tf.tidy(compute);
  const result: [number[], number[], string] = [Array.from(y.dataSync()), y.shape, y.dtype];
  y.dispose();
  return result;
}

describe('a matrix product', () => {
  const sizes: [rows: number, inner: number, columns: number][] = [
    [3, 4, 5],
    [20, 16, 12],
    [50, 60, 2],
    [2, 60, 50],
    [60, 2, 50],
    [1, 3000, 1],
  ];
  const batches: [number[], number[]][] = [
    [[], []],
    [[1], []],
    [[], [1, 1]],
    [[3], [3]],
    [[2, 3], [3]],
  ];
  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('of factors transposed %s and %s', async (transposeA, transposeB) => {
    for (const [rows, inner, columns] of sizes)
      for (const [batchA, batchB] of batches) {
        const a = [...batchA, ...(transposeA ? [inner, rows] : [rows, inner])];
        const b = [...batchB, ...(transposeB ? [columns, inner] : [inner, columns])];
        // Partial sums of random signs stay below 2 sqrt(inner); each is rounded to 2^-24 of that, on both sides.
        await expectSame(
          () => tf.matMul(noise(a), noise(b, 2), transposeA, transposeB),
          inner ** 1.5 * 2 ** -22,
        );
      }
  });

  it('with a right factor that was one before, in another shape', async () => {
    await expectSame(() => {
      const b = noise([21, 1600]);
      const wide = tf.matMul(noise([2, 21]), b);
      const narrow = tf.matMul(noise([2, 2100]), tf.reshape(b, [2100, 16]));
      return tf.concat([tf.reshape(wide, [-1]), tf.reshape(narrow, [-1])]);
    }, 1e-4);
  });

  it('over an axis of length 0 is zero', async () => {
    await expectSame(() => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])));
    await expectSame(() => tf.matMul(tf.zeros([0, 2]), tf.zeros([0, 3]), true));
  });

  it('has the gradient of the cpu backend', async () => {
    const loss = (w: tf.Tensor) => tf.sum(tf.square(tf.matMul(noise([64, 16]), w)));
    await expectSame(() => tf.grad(loss)(noise([16, 32], 3)), 1e-2);
  });
});

describe('a comparison', () => {
  const { equal, notEqual, greater, greaterEqual, less, lessEqual, maximum, minimum } = tf;
  const operations = {
    ...{ equal, notEqual, greater, greaterEqual, less, lessEqual },
    ...{ maximum, minimum },
  };
  const shapes: [number[], number[]][] = [
    [
      [40, 6, 1],
      [40, 6, 8],
    ],
    [
      [6, 8],
      [40, 1, 8],
    ],
    [[1], [5, 3]],
    [[], [5, 3]],
    [
      [4, 1],
      [1, 3],
    ],
    [
      [0, 3],
      [1, 3],
    ],
    [
      [2, 1, 2, 1, 2, 1, 2],
      [1, 2, 1, 2, 1, 2, 1],
    ],
  ];
  it.each(Object.entries(operations))('%s stretches either operand', async (_name, compare) => {
    for (const [a, b] of shapes) {
      await expectSame(() => compare(tf.round(noise(a)), tf.round(noise(b, 2))));
      await expectSame(() => compare(noise(b), noise(a, 2)));
      await expectSame(() => compare(tf.cast(noise(a), 'int32'), tf.cast(noise(b, 2), 'int32')));
    }
  });

  it('keeps NaN and infinities', async () => {
    const x = () => tf.tensor2d([[Number.NaN], [Number.POSITIVE_INFINITY], [-0]]);
    await expectSame(() => tf.maximum(x(), tf.tensor2d([[1, 2, -0]])));
    await expectSame(() => tf.greaterEqual(x(), tf.tensor2d([[1, 2, 0]])));
    await expectSame(() => tf.pow(x(), tf.tensor2d([[1, 2, 0]])));
  });
});

it('tiles', async () => {
  for (const [shape, reps] of [
    [
      [3, 1, 4],
      [1, 5, 1],
    ],
    [
      [1, 4],
      [6, 1],
    ],
    [
      [1, 4],
      [6, 2],
    ],
    [
      [2, 3],
      [1, 1],
    ],
    [[1], [7]],
  ] as const) {
    await expectSame(() => tf.tile(noise([...shape]), [...reps]));
    await expectSame(() => tf.tile(tf.cast(noise([...shape]), 'int32'), [...reps]));
  }
  await expectSame(() => tf.broadcastTo(noise([3, 1]), [2, 3, 4]));
});

it('sums', async () => {
  for (const axis of [0, 1, -1, [0, 1], [1, 0], [1, 2], [0, 2], [0, 1, 2], undefined])
    for (const keepDims of [false, true]) {
      await expectSame(() => tf.sum(noise([20, 15, 10]), axis, keepDims), 1e-3);
      await expectSame(() =>
        tf.sum(tf.cast(tf.mul(noise([20, 15, 10]), 9), 'int32'), axis, keepDims),
      );
    }
  await expectSame(() => tf.sum(noise([1, 5000]), 0));
  await expectSame(() => tf.sum(tf.zeros([0, 3]), 0));
  await expectSame(() => tf.sum(tf.zeros([2, 0, 3], 'int32'), 1, true));
  await expectSame(() => tf.sum(tf.fill([300, 10], Number.NaN), 0));
  await expectSame(() => tf.sum(tf.fill([300, 10], Number.POSITIVE_INFINITY), 0));
});

it('keeps the digits of long sums and means', async () => {
  // Of numbers of one size, the worst case: one after the other in float32, 10^5 tenths are off by 1e-4 of their sum.
  const tenth = Math.fround(0.1);
  const cases: [number[], number | number[] | undefined][] = [
    [[100_003], undefined],
    [[1_000_000], 0],
    [[1000], 0],
    [[100_000, 3], 0],
    [[100_000, 3], undefined],
    [[3, 100_000], 1],
    [[3, 100_000], undefined],
    [[20_003, 5], 0],
    [[5, 20_003], -1],
    [[3, 5021, 2], 1],
    [
      [3, 5021, 2],
      [1, 0],
    ],
    [
      [3, 5021, 2],
      [0, 1, 2],
    ],
    [
      [100, 3, 200],
      [2, 0],
    ],
    [
      [2, 70, 3, 80],
      [1, 3],
    ],
  ];
  for (const [shape, axis] of cases)
    for (const keepDims of [false, true]) {
      const [sum, mean] = [tf.sum, tf.mean].map((reduce) =>
        tf.tidy(() => reduce(tf.fill(shape, 0.1), axis, keepDims)),
      ) as [tf.Tensor, tf.Tensor];
      const terms = tf.util.sizeFromShape(shape) / sum.size;
      expect(sum).toBeAllClose(terms * tenth, { rel: 2 ** -24 });
      expect(mean).toBeAllClose(tenth, { rel: 2 ** -24 });
      tf.dispose([sum, mean]);
      await expectSame(() => tf.sum(noise(shape), axis, keepDims), 1e-4);
      await expectSame(() => tf.mean(noise(shape), axis, keepDims), 1e-7);
    }
  await expectSame(() => tf.mean(tf.fill([5000], Number.NaN)));
  await expectSame(() => tf.sum(tf.fill([2, 5000], Number.NEGATIVE_INFINITY), 1));
  await expectSame(() => tf.mean(tf.cast(tf.mul(noise([5000]), 9), 'int32')), 1e-6);
});

it('has log1p, sin and cos to the last digit', () => {
  const magnitudes = Array.from({ length: 300 }, (_, i) => 10 ** (i / 10 - 28));
  const small = [...magnitudes, ...magnitudes.map((x) => -x)].map(Math.fround);
  for (const [ours, exact] of [
    [tf.log1p, Math.log1p],
    [tf.sin, Math.sin],
    [tf.cos, Math.cos],
  ] as const) {
    const x = small.filter((x) => ours !== tf.log1p || x > -1);
    const y = tf.tidy(() => ours(tf.tensor1d(x)));
    expect(y).toBeAllClose(
      x.map((x) => exact(x)),
      { rel: 2 ** -24, abs: 1e-45 },
    );
    y.dispose();
  }
});

it('leaves no tensor behind', () => {
  expectNoLeak(() => tf.tidy(() => tf.sum(tf.matMul(noise([40, 30]), noise([40, 20]), true), 0)));
});

it.each<[string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor]>([
  ['copied', (x) => tf.clone(x)],
  ['cast', (x) => tf.cast(x, 'int32')],
  ['concatenated', (x, y) => tf.concat([x, y])],
  ['computed in JavaScript', (x) => tf.sin(x)],
])('numbers of another backend are %s, though memory has to grow for them', async (_, compute) => {
  await tf.setBackend('cpu');
  const size = 2 ** 22;
  const [x, y] = [tf.fill([size], 1), tf.fill([size], 2)];
  await tf.setBackend('wasm');
  const z = compute(x, y);
  const expected = { abs: 0, rel: 1e-6 };
  const ends = tf.tidy(() => tf.stack([tf.slice(z, 0, 1), tf.slice(z, z.size - 1, 1)]));
  const known = tf.tidy(() => {
    const all = compute(tf.tensor1d([1]), tf.tensor1d([2]));
    return tf.stack([tf.slice(all, 0, 1), tf.slice(all, all.size - 1, 1)]);
  });
  expect(ends).toBeAllClose(known, expected);
  // What stays takes the room that the next one would find.
  tf.dispose([ends, known]);
});
