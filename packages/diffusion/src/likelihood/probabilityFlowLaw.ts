import { Distribution } from '@pushforward/distributions';
import {
  checkCount,
  checkOptions,
  type Key,
  pullback,
  sumLast,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { batchOf, type Denoiser } from '../denoisers/denoiser.js';
import { noiseFor } from '../samplers/draw.js';
import { decode } from '../samplers/probabilityFlow.js';
import {
  type FlowSolver,
  flowSolver,
  type ProbabilityFlowOptions,
  radiusAt,
  turned,
  turning,
} from '../samplers/turning.js';

/** Options of {@link probabilityFlow}. */
export interface ProbabilityFlowLawOptions extends ProbabilityFlowOptions {
  /** The error of a step may be atol + rtol |x|, of x and of log p; 1e-4 by default, as networks of float32 are rougher than 1e-5. */
  readonly rtol?: number;
  /** 1e-4 by default. */
  readonly atol?: number;
  /** Estimates the divergence by random directions, the same for all rows and times; exact, of D directions, without. */
  readonly hutchinson?: HutchinsonOptions;
}

/** Random directions for a divergence. */
export interface HutchinsonOptions {
  /** Of the directions. */
  readonly key: Key;
  /** How many; 1 by default. */
  readonly probes?: number;
}

/** The law of what the probability-flow equation makes of noise. */
class ProbabilityFlow extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly contextSize: number;
  private readonly size: number;

  constructor(
    readonly denoiser: Denoiser,
    private readonly solver: FlowSolver,
    private readonly hutchinson: Required<HutchinsonOptions> | undefined,
  ) {
    super();
    this.eventShape = denoiser.eventShape;
    this.contextSize = denoiser.contextSize;
    this.size = this.eventShape.reduce((size, n) => size * n, 1);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const batch = batchOf(x, this);
      const rows = tf.reshape(x, [-1, this.size]);
      const contexts =
        context &&
        tf.reshape(tf.broadcastTo(context, [...batch, this.contextSize]), [-1, this.contextSize]);
      const directions = this.directions();
      const field = (t: Tensor, state: Tensor) => {
        const flow = (y: Tensor) => this.flow(y, t, contexts);
        const y = tf.slice(state, [0, 0], [-1, this.size]);
        return tf.concat([flow(y), divergence(flow, y, directions)], 1);
      };
      const { schedule } = this.denoiser;
      const times = [this.solver.earliest, 1] as const;
      const [first, last] = [radiusAt(schedule, times[0]), radiusAt(schedule, times[1])];
      const start = tf.concat([tf.div(rows, first), tf.zeros([rows.shape[0], 1])], 1);
      const end = turned(schedule, this.solver, times, field, start);
      const [y, gained] = tf.split(end, [this.size, 1], 1) as [Tensor, Tensor];
      const stretch = tf.mul(this.size, tf.log(tf.div(last, first)));
      const logPrior = this.logPrior(tf.mul(last, y));
      return tf.reshape(tf.add(logPrior, tf.add(stretch, tf.squeeze(gained, [1]))), batch);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const z = noiseFor(this.denoiser, key, shape, context);
      return decode(this.denoiser, z, this.solver, context);
    });
  }

  /** dy / d angle at rows `[..., N, D]`. */
  private flow(y: Tensor, t: Tensor, context: Tensor | undefined): Tensor {
    const events = tf.reshape(y, [...y.shape.slice(0, -1), ...this.eventShape]);
    return tf.reshape(turning(this.denoiser, events, t, context), y.shape);
  }

  /** log N(z; 0, s^2 I), `[N]`. */
  private logPrior(z: Tensor): Tensor {
    const scale = this.denoiser.schedule.priorScale();
    const squares = sumLast(tf.square(tf.div(z, scale)), 1);
    const constant = tf.mul(this.size, tf.add(tf.log(scale), 0.5 * Math.log(2 * Math.PI)));
    return tf.neg(tf.add(tf.mul(0.5, squares), constant));
  }

  /** Rows v with E[v v^T] = I, or the unit vectors over sqrt(1 / D): `[K, D]`, so that the mean of v J v^T is the trace. */
  private directions(): Tensor {
    if (this.hutchinson === undefined) return tf.mul(Math.sqrt(this.size), tf.eye(this.size));
    const { key, probes } = this.hutchinson;
    return tf.sub(tf.mul(2, key.bernoulli(0.5, [probes, this.size])), 1);
  }
}

/** The mean of v (df/dx) v^T over directions v, at every row x `[N, D]`: `[N, 1]`. */
function divergence(f: (x: Tensor) => Tensor, x: Tensor, directions: Tensor): Tensor {
  const each = tf.expandDims(directions, 1);
  const shape = [directions.shape[0], ...x.shape];
  const along = tf.broadcastTo(each, shape);
  const [product] = pullback(f, [tf.broadcastTo(tf.expandDims(x, 0), shape)], along);
  return tf.expandDims(tf.mean(tf.sum(tf.mul(product!, along), -1), 0), -1);
}

/**
 * The law of what the probability-flow equation dx/dt = E[dx_t/dt | x_t] makes of noise, whose density is computed:
 * log p(x) = log N(x_1; 0, s^2 I) + int div(dx/dt) dt, along the way of x to noise, with steps as long as their errors allow. With the
 * exact denoiser it is the law of the data, at the noise of time `earliest`.
 *
 * The divergence takes D products with the Jacobian matrix for each evaluation of the field; with `hutchinson` a few random ones stand
 * for them, for which log p is unbiased.
 *
 * Source: Song et al., "Score-based generative modeling through stochastic differential equations", arXiv:2011.13456, section 4.3 and
 * appendix D.2; Grathwohl et al., "FFJORD", arXiv:1810.01367, for the random directions.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { gaussianDenoiser, probabilityFlow, variancePreserving } from '@pushforward/diffusion';
 * import * as tf from '@tensorflow/tfjs';
 * const law = probabilityFlow(gaussianDenoiser(variancePreserving(), [0], [[0.25]]));
 * law.logProb(tf.tensor2d([[0]])).print(); // log N(0; 0, 0.25) = -0.226
 * ```
 */
export function probabilityFlow(
  denoiser: Denoiser,
  options: ProbabilityFlowLawOptions = {},
): Distribution {
  const where = 'probabilityFlow';
  checkOptions(where, options, ['rtol', 'atol', 'earliest', 'hutchinson']);
  const solver = flowSolver(where, options, 1e-4);
  const { hutchinson } = options;
  if (hutchinson !== undefined) checkOptions(where, hutchinson, ['key', 'probes']);
  const probes = hutchinson?.probes ?? 1;
  checkCount(where, 'probes', probes, 1);
  return new ProbabilityFlow(denoiser, solver, hutchinson && { key: hutchinson.key, probes });
}
