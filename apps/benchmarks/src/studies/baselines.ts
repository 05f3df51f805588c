import type { Split } from '@pushforward/datasets';
import type { Distribution } from '@pushforward/distributions';
import { fitGaussian, kernelDensity } from '@pushforward/metrics';
import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { estimate, logLikelihoods } from './score.js';

/** Widths tried, in units of the standard deviation of the data: each a tenth above the last. */
const bandwidths = Array.from({ length: 30 }, (_, i) => 0.08 * 1.1 ** i);

/** Most rows that carry a kernel, and most by which its width is chosen; of more, evenly spaced ones are taken. */
const mostKernels = 5000;
const mostJudges = 1000;

/** What a model has to beat. */
export interface Baselines {
  /** log p of each test row under the normal law of greatest likelihood. */
  readonly gaussian: number[];
  /** log p of each test row under the kernel density. */
  readonly kernel: number[];
  /** The width of the kernels that was best on the validation part. */
  readonly bandwidth: number;
}

/**
 * A Gaussian and a kernel density with kernels of the shape of the data's covariance. Both are fitted to the training
 * and the validation part together; the width of the kernels is the one best on the validation part.
 */
export async function baselines(parts: {
  train: Split;
  validation: Split;
  test: Split;
}): Promise<Baselines> {
  const { train, validation, test } = parts;
  const bandwidth = await withRows([thin(train, mostKernels)], (x) =>
    bestBandwidth(x, thin(validation, mostJudges)),
  );
  const gaussian = await withRows([train, validation], async (x) =>
    score(await fitGaussian(x), test),
  );
  const kernel = await withRows(
    [train, validation].map((part) => thin(part, mostKernels)),
    async (x) => score(await kernelDensity(x, { bandwidth }), test),
  );
  return { gaussian, kernel, bandwidth };
}

async function bestBandwidth(x: Tensor, validation: Split): Promise<number> {
  const means: number[] = [];
  for (const bandwidth of bandwidths)
    means.push(estimate(await score(await kernelDensity(x, { bandwidth }), validation)).mean);
  return bandwidths[means.indexOf(Math.max(...means))]!;
}

/** At most so many rows, evenly spaced. */
function thin(split: Split, most: number): Split {
  if (split.length <= most) return split;
  return split.subset(
    Array.from({ length: most }, (_, i) => Math.floor((i * split.length) / most)),
  );
}

async function score(law: Distribution, split: Split): Promise<number[]> {
  try {
    return await logLikelihoods(law, split);
  } finally {
    law.dispose();
  }
}

/** The rows of some parts as one tensor, freed when `use` is done. */
async function withRows<T>(parts: readonly Split[], use: (x: Tensor) => Promise<T>): Promise<T> {
  const x = tf.tidy(() => tf.concat(parts.map((part) => part.batch().x)));
  try {
    return await use(x);
  } finally {
    x.dispose();
  }
}
