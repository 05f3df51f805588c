import { type CompileOptions, compile } from '@pushforward/compile';
import { type Batch, checkCount, checkOptions, type Key, type Learner } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link gradientReport}. */
export interface GradientReportOptions {
  /** Gradients that are compared, 2 or more; 100 by default. */
  readonly repeats?: number;
  /** Whether they are computed by a recorded program; true by default, options of `compile` for more. */
  readonly compile?: boolean | CompileOptions;
}

/** What a variable hears of its gradient through the noise of draws. */
export interface GradientStatistics {
  /** |E g|, without what noise adds to the norm of a mean of few. */
  readonly signal: number;
  /** The square root of E |g - E g|^2. */
  readonly noise: number;
}

/**
 * How much the gradient of a batch varies with what is drawn for it: signal and noise of each variable, over repeated
 * draws.
 *
 * A posterior that hears noise alone does not learn, however tight the bound is: `iwae` without doubly reparameterised
 * gradients comes to that with many draws. Path derivatives leave no noise where the posterior is the true one.
 *
 * Sources: Roeder, Wu and Duvenaud, "Sticking the landing", arXiv:1703.09194; Rainforth et al., "Tighter variational
 * bounds are not necessarily better", arXiv:1802.04537, for signal and noise.
 *
 * @param model a VAE, or any learner whose loss draws from its key
 * @param batch the same in all repeats
 * @returns by the paths of `namedParameters`, such as `posterior.network.…`; variables without a gradient are not there
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, gradientReport, perceptron, vae } from '@pushforward/vae';
 * const networks = { encoder: perceptron([8]), decoder: perceptron([8]) };
 * const model = vae(Key.from(1), { likelihood: bernoulli(6), latent: 2, ...networks });
 * const report = await gradientReport(Key.from(3), model, { x: Key.from(2).bernoulli(0.5, [10, 6]) });
 * for (const [path, { signal, noise }] of report) console.log(path, signal / noise);
 * ```
 */
export async function gradientReport(
  key: Key,
  model: Learner,
  batch: Batch,
  options: GradientReportOptions = {},
): Promise<Map<string, GradientStatistics>> {
  checkOptions('gradientReport', options, ['repeats', 'compile']);
  const { repeats = 100, compile: how = true } = options;
  checkCount('gradientReport', 'repeats', repeats, 2);
  const named = [...model.namedParameters()];
  const step = gradientsOf(
    model,
    named.map(([, variable]) => variable),
  );
  const program = how === false ? undefined : compile(step, how === true ? {} : how);
  const sums = new Map<string, Sums>();
  try {
    for (let i = 0; i < repeats; i++) {
      const gradients = await (program ?? step)(batch, key.foldIn(i));
      for (const [path, { name }] of named) {
        const g = gradients[name];
        if (g === undefined) continue;
        add(sums, path, await g.data());
        g.dispose();
      }
    }
  } finally {
    program?.dispose();
  }
  return new Map([...sums].map(([path, sum]) => [path, statisticsOf(sum, repeats)]));
}

/** For each number of a variable the sum of its derivatives less the first of them, and of the squares. */
interface Sums {
  readonly first: ArrayLike<number>;
  readonly sum: Float64Array;
  readonly squares: Float64Array;
}

function gradientsOf(model: Learner, variables: tf.Variable[]) {
  return (batch: Batch, key: Key): Record<string, tf.Tensor> =>
    tf.tidy(() => tf.variableGrads(() => model.loss(batch, key).asScalar(), variables).grads);
}

function add(all: Map<string, Sums>, path: string, g: ArrayLike<number>): void {
  const sums = all.get(path) ?? {
    first: g,
    sum: new Float64Array(g.length),
    squares: new Float64Array(g.length),
  };
  all.set(path, sums);
  for (let i = 0; i < g.length; i++) {
    const difference = g[i]! - sums.first[i]!;
    sums.sum[i]! += difference;
    sums.squares[i]! += difference ** 2;
  }
}

function statisticsOf({ first, sum, squares }: Sums, count: number): GradientStatistics {
  let [square, variance] = [0, 0];
  for (let i = 0; i < first.length; i++) {
    const mean = sum[i]! / count;
    square += (first[i]! + mean) ** 2;
    variance += Math.max(0, squares[i]! - count * mean ** 2) / (count - 1);
  }
  // The square of a mean of n is too large by an n-th of the variance.
  return { signal: Math.sqrt(Math.max(0, square - variance / count)), noise: Math.sqrt(variance) };
}
