import type { TimedNetwork } from '@pushforward/nn';
import {
  checkAbove,
  checkOptions,
  exp,
  OptionError,
  ShapeError,
  softClip,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Levels, Schedule } from '../schedules/schedule.js';
import { Denoised, type Place, type Prediction, predictions } from './denoised.js';
import { batchOf, Denoiser } from './denoiser.js';

/** Options of {@link networkDenoiser}. */
export interface NetworkDenoiserOptions {
  /**
   * What the network's numbers are; `'noise'` by default. `'edm'` is x = c_skip x_t + c_out F, with factors for which F
   * has unit variance at every t whatever the network knows.
   *
   * Source of `'edm'`: Karras et al., "Elucidating the design space of diffusion-based generative models", arXiv:2206.00364, table 1.
   */
  readonly predicts?: Prediction | 'edm';
  /** The deviation of the data: the network reads x_t scaled to unit variance. 1 by default. */
  readonly dataScale?: number;
  /** What the network reads of the time: t itself, or -log-SNR / 8, which is a fourth of log(sigma / alpha); `'time'` by default. */
  readonly reads?: 'time' | 'logSnr';
}

/** Bounds the logarithm of a learned variance, counted from where it starts. */
const LARGEST_LOG = 15;

/** A network that reads x_t and t. */
class NetworkDenoiser extends Denoiser {
  override readonly eventShape: readonly number[];
  override readonly contextSize: number;
  private readonly learnsVariance: boolean;

  constructor(
    readonly network: TimedNetwork,
    override readonly schedule: Schedule,
    private readonly options: Required<NetworkDenoiserOptions>,
  ) {
    super();
    const { eventShape, outputShape } = network;
    this.eventShape = eventShape;
    this.contextSize = network.contextSize;
    const twice = [...eventShape.slice(0, -1), 2 * (eventShape.at(-1) ?? 0)];
    this.learnsVariance = outputShape.join() === twice.join();
    if (!this.learnsVariance && outputShape.join() !== eventShape.join())
      throw new ShapeError(
        `networkDenoiser: a network of x of shape [${eventShape.join(', ')}] must give as much, ` +
          `or twice as much along the last axis, got [${outputShape.join(', ')}].`,
      );
  }

  override posterior(xt: Tensor, t: Tensor, context?: Tensor, levels?: Levels): Denoised {
    this.check(xt, t, context);
    const { predicts, dataScale } = this.options;
    const place = this.place(t, levels);
    const { alpha, sigma } = place;
    const isScaled = !this.schedule.preservesVariance || dataScale !== 1;
    const total = isScaled
      ? tf.add(tf.mul(dataScale ** 2, tf.square(alpha)), tf.square(sigma))
      : undefined;
    const scale = total && tf.sqrt(total);
    const output = this.ask(scale ? tf.div(xt, scale) : xt, t, context);
    const [value, logVariance] = this.learnsVariance
      ? (tf.split(output, 2, -1) as [Tensor, Tensor])
      : [output];
    const variance = logVariance && this.variance(place, total, logVariance);
    if (predicts !== 'edm') return new Denoised(xt, place, predicts, value, variance);
    return new Denoised(
      xt,
      place,
      'velocity',
      scale ? residualVelocity(xt, value, { place, scale, dataScale }) : tf.neg(value),
      variance,
    );
  }

  /** What data of independent normal numbers would leave open, times e^h. */
  private variance({ sigma }: Place, total: Tensor | undefined, h: Tensor): Tensor {
    const open = tf.mul(this.options.dataScale ** 2, tf.square(sigma));
    return tf.mul(total ? tf.div(open, total) : open, exp(softClip(h, LARGEST_LOG)));
  }

  /** The network at rows `[B, ...event]`. */
  private ask(xt: Tensor, t: Tensor, context: Tensor | undefined): Tensor {
    const batch = batchOf(xt, this);
    const time = this.options.reads === 'time' ? t : tf.mul(-1 / 8, this.schedule.logSnr(t));
    const output = this.network.apply(
      tf.reshape(xt, [-1, ...this.eventShape]),
      tf.reshape(tf.broadcastTo(time, batch), [-1]),
      context && rowsOf(context, [...batch, this.contextSize]),
    );
    return tf.reshape(output, [...batch, ...this.network.outputShape]);
  }
}

/** A context of that shape as rows `[B, C]`, of whole numbers too, as labels are. */
function rowsOf(context: Tensor, shape: number[]): Tensor {
  const numbers = context.dtype === 'float32' ? context : tf.cast(context, 'float32');
  return tf.reshape(tf.broadcastTo(numbers, shape), [-1, shape.at(-1)!]);
}

/**
 * alpha eps - sigma x for x = c_skip x_t + c_out F, without the difference of like numbers that x itself would lead to:
 * (alpha sigma (1 - d^2) x_t / s - (alpha^2 + sigma^2) d F) / s with s^2 = alpha^2 d^2 + sigma^2.
 */
function residualVelocity(
  xt: Tensor,
  F: Tensor,
  { place, scale, dataScale }: { place: Place; scale: Tensor; dataScale: number },
): Tensor {
  const { alpha, sigma } = place;
  const ofNoisy = tf.div(tf.mul(tf.mul(1 - dataScale ** 2, alpha), sigma), scale);
  const ofF = tf.mul(dataScale, tf.add(tf.square(alpha), tf.square(sigma)));
  return tf.div(tf.sub(tf.mul(ofNoisy, xt), tf.mul(ofF, F)), scale);
}

/**
 * A denoiser made of a network of x_t, t and context.
 *
 * A network that gives twice as many numbers as x has along the last axis learns Var[x | x_t] as well: the second half is its
 * logarithm, counted from sigma^2 d^2 / (alpha^2 d^2 + sigma^2), what independent normal data of deviation d would leave open. For those
 * the variance of a step of DDPM is beta; for a variance of 0 it is the smaller choice.
 *
 * @throws OptionError, DomainError or ShapeError for what is unknown or does not go together: noise and score say nothing of x at
 * t = 1 where a schedule ends in noise
 *
 * @example
 * ```ts
 * import { linearBetas, networkDenoiser } from '@pushforward/diffusion';
 * import { TimedNetwork } from '@pushforward/nn';
 * import { type Tensor } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // Knows nothing: the noise in x_t is x_t.
 * class Naive extends TimedNetwork {
 *   readonly eventShape = [2];
 *   readonly outputShape = [2];
 *   apply = (x: Tensor) => x;
 * }
 * const denoiser = networkDenoiser(new Naive(), linearBetas({ steps: 100 }));
 * const x = denoiser.posterior(tf.ones([5, 2]), tf.scalar(0.5)).mean; // [5, 2]
 * ```
 */
export function networkDenoiser(
  network: TimedNetwork,
  schedule: Schedule,
  options: NetworkDenoiserOptions = {},
): Denoiser {
  const where = 'networkDenoiser';
  checkOptions(where, options, ['predicts', 'dataScale', 'reads']);
  const { predicts = 'noise', dataScale = 1, reads = 'time' } = options;
  if (predicts !== 'edm' && !predictions.includes(predicts))
    throw new OptionError(
      `${where}: predicts must be one of ${predictions.join(', ')}, edm, got ${predicts}.`,
    );
  if (!['time', 'logSnr'].includes(reads))
    throw new OptionError(`${where}: reads must be time or logSnr, got ${reads}.`);
  checkAbove(where, 'dataScale', dataScale, 0);
  if (schedule.endsInNoise && (predicts === 'noise' || predicts === 'score' || reads === 'logSnr'))
    throw new OptionError(
      `${where}: nothing of x is left at t = 1 of this schedule, where its log-SNR is not finite and ${predicts} would not tell x; ` +
        "take predicts 'velocity', 'data', 'flow' or 'edm' and reads 'time'.",
    );
  return new NetworkDenoiser(network, schedule, { predicts, dataScale, reads });
}
