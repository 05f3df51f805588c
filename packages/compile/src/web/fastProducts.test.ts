import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Key } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { compile } from '../compile.js';
import { useRuntime } from '../run/runtimes.js';
import { withFastProducts } from './fastProducts.js';

const { resolve } = createRequire(import.meta.url);
const file = readFileSync(resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
const faster = withFastProducts(file);
web.env.wasm.wasmBinary = faster;
useRuntime(web);

test('the loop is put into the file that is installed', () => {
  expect(WebAssembly.validate(faster)).toBe(true);
  // Twice some 600 bytes.
  expect(faster.length - file.length).toBeGreaterThan(1000);
});

test('a file without such products comes back as it is', () => {
  const empty = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  expect(withFastProducts(empty)).toEqual(empty);
});

const rows = [1, 2, 3, 8, 33];
// Long sums are made in several parts, each added to the last.
const inner = [1, 2, 3, 17, 128, 700];
const columns = [1, 3, 4, 15, 16, 17, 32, 47, 50];

test.each([
  [false, false, false],
  [true, false, false],
  [false, true, false],
  [true, true, false],
  [false, false, true],
])('products, transposed %s and %s, with bias %s', async (transposeA, transposeB, hasBias) => {
  const noise = (seed: number, shape: [number, number]) => Key.from(seed).normal(shape);
  const pairs = rows.flatMap((m) =>
    inner.flatMap((k) =>
      columns.map(
        (n) =>
          [
            noise(m, transposeA ? [k, m] : [m, k]),
            noise(n + 100, transposeB ? [n, k] : [k, n]),
          ] as const,
      ),
    ),
  );
  // All in one program: a session for each would take minutes.
  const products = (factors: tf.Tensor[]) =>
    pairs.map((_, i) => {
      const product = tf.matMul(factors[2 * i]!, factors[2 * i + 1]!, transposeA, transposeB);
      return hasBias ? tf.add(product, tf.range(0, product.shape.at(-1)!)) : product;
    });
  const program = compile(products, { target: 'onnx', session: { executionProviders: ['wasm'] } });
  const got = await program(pairs.flat());
  for (const [i, expected] of products(pairs.flat()).entries()) {
    const length = pairs[i]![0].size / rows[Math.floor(i / (inner.length * columns.length))]!;
    // Partial sums of random signs stay below 3 sqrt(length), each rounded to 2^-24 of that.
    expect(got[i]!).toBeAllClose(expected, { abs: length ** 1.5 * 2 ** -21, rel: 1e-6 });
  }
});
