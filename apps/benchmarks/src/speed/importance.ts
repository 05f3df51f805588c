/** Log-likelihoods of an auto-encoder by importance sampling: how long they take, and how long their products alone would. */
import { compile, useRuntime } from '@pushforward/compile';
import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import { logLikelihood } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { autoencoderOf } from './autoencoders.js';
import { rowsOf } from './data.js';
import { rounded } from './timings.js';
import { type AutoencoderWorkload, workloads } from './workloads.js';

const WORKLOAD = 'vae-mnist';
const IMAGES = 1000;
const DRAWS = 5000;

/** What was found on ONNX Runtime. */
export interface Importance {
  readonly workload: string;
  readonly images: number;
  readonly draws: number;
  readonly seconds: number;
  /** What the decoder's products of matrices take at the speed of its largest. */
  readonly productSeconds: number;
  /** Peak of the process. */
  readonly rssMb: number;
}

export async function importance(): Promise<Importance> {
  await useEngine('wasm');
  useRuntime(await import('onnxruntime-node'));
  const workload = workloads.find(isWanted)!;
  const { features, latent, hidden } = workload;
  const model = autoencoderOf(workload);
  const x = tf.tensor2d(rowsOf(workload).slice(0, IMAGES * features), [IMAGES, features]);
  const start = performance.now();
  const result = await logLikelihood(Key.from(1), model, x, { draws: DRAWS });
  const seconds = (performance.now() - start) / 1000;
  if (!(await result.data()).every(Number.isFinite)) throw new Error('a result is not finite');
  const widths = [latent, ...hidden, features];
  const weights = widths.slice(1).reduce((sum, width, i) => sum + widths[i]! * width, 0);
  const each = await secondsOfProduct(hidden.at(-1)!, features);
  return {
    workload: workload.name,
    images: IMAGES,
    draws: DRAWS,
    seconds: rounded(seconds),
    productSeconds: rounded(IMAGES * DRAWS * weights * each),
    rssMb: rounded(process.resourceUsage().maxRSS / 1024),
  };
}

function isWanted(workload: (typeof workloads)[number]): workload is AutoencoderWorkload {
  return workload.name === WORKLOAD;
}

/** Seconds for each multiplication and addition of a product with so many rows as are evaluated at once. */
async function secondsOfProduct(inner: number, columns: number): Promise<number> {
  const rows = 1000;
  const product = compile((a: Tensor, b: Tensor) =>
    tf.sum(tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)),
  );
  const [a, b] = [Key.from(2).normal([rows, inner]), Key.from(3).normal([inner, columns])];
  let least = Infinity;
  for (let turn = 0; turn < 50; turn++) {
    const start = performance.now();
    (await product(a, b)).dispose();
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  return least / (rows * inner * columns);
}
