import { OptionError, sumLast, type Tensor, untracked } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { withAxes } from '../denoisers/denoiser.js';
import type { AncestralVariance } from '../samplers/reverseKernel.js';
import { type Bridge, bridge } from '../schedules/bridge.js';
import { type Noised, rowErrors } from './noised.js';
import { roundedNormal } from './roundedNormal.js';

/** A chain of equal steps. */
export interface ChainOptions {
  /** T. */
  readonly count: number;
  /** Variance of a step of the chain. */
  readonly variance: AncestralVariance;
  /** Of discrete x, how many values it may have. */
  readonly levels?: number | undefined;
}

/**
 * KL(q(x_s | x_t, x) || p(x_s | x_t)) of every row for the step that ends, on the way to noise, at its t; both are normal, the second with
 * the denoiser's mean in place of x. Where x_s is x itself it is -log p(x | x_t), whose variance is beta unless one is learned, or
 * -log P(x | x_t) of the same law rounded to the levels of x.
 *
 * @returns shape `[...batch]`
 */
export function stepBound(seen: Noised, { count, variance, levels }: ChainOptions): Tensor {
  const { schedule, eventShape } = seen.denoiser;
  const index = tf.round(tf.mul(seen.t, count));
  const law = bridge(schedule.at(tf.div(tf.sub(index, 1), count)), schedule.at(seen.t));
  const isLast = schedule.startsClean ? untracked(() => tf.equal(index, 1)) : undefined;
  if (variance === 'learned') return learned(seen, law, isLast, levels);
  const chosen = variance === 'beta' ? law.forwardVariance : law.variance;
  const of = isLast ? tf.where(isLast, law.forwardVariance, chosen) : chosen;
  const spread = spreadTerm(law.variance, of, isLast);
  const size = eventShape.reduce((size, n) => size * n, 1);
  const weight = tf.div(tf.square(law.data), of);
  const bound = tf.mul(0.5, tf.add(tf.mul(weight, rowErrors(seen, 'data')), tf.mul(size, spread)));
  return rounded(seen, { bound, isLast, levels, variance: withAxes(of, eventShape.length) });
}

/** The same with Var q(x_s | x_t, x) and what the denoiser's variance of x adds to it, number by number. */
function learned(
  seen: Noised,
  law: Bridge,
  isLast: Tensor | undefined,
  levels: number | undefined,
): Tensor {
  const { x, eps, denoised, denoiser } = seen;
  if (denoised.variance === undefined)
    throw new OptionError(
      "variational: the variance 'learned' needs a denoiser that tells one; let its network give twice as many numbers as x has.",
    );
  const rank = denoiser.eventShape.length;
  const [own, data] = [law.variance, tf.square(law.data)].map((value) => withAxes(value, rank)) as [
    Tensor,
    Tensor,
  ];
  const of = tf.add(own, tf.mul(data, denoised.variance));
  const errors = tf.mul(tf.div(data, of), denoised.squaredErrors('data', x, eps));
  const isEach = isLast && untracked(() => tf.broadcastTo(withAxes(isLast, rank), of.shape));
  const bound = tf.mul(0.5, sumLast(tf.add(errors, spreadTerm(own, of, isEach)), rank));
  return rounded(seen, { bound, isLast, levels, variance: of });
}

/** The bound, and in place of a last step's density of discrete x their probability. */
function rounded(
  { x, denoised, denoiser }: Noised,
  step: { bound: Tensor; isLast: Tensor | undefined; levels: number | undefined; variance: Tensor },
): Tensor {
  const { bound, isLast, levels, variance } = step;
  if (levels === undefined || isLast === undefined) return bound;
  const rank = denoiser.eventShape.length;
  // What is not taken must be finite, for gradients.
  const isEach = untracked(() => tf.broadcastTo(withAxes(isLast, rank), x.shape));
  const mean = tf.where(isEach, denoised.mean, x);
  const logProb = roundedNormal(x, mean, tf.sqrt(variance), levels);
  return tf.where(isLast, tf.neg(sumLast(logProb, rank)), bound);
}

/** r - 1 - log r with r = from / to, the part of a divergence that is not of means; log(2 pi to) where `isLast`. */
function spreadTerm(from: Tensor, to: Tensor, isLast: Tensor | undefined): Tensor {
  const ratio = tf.div(from, to);
  if (isLast === undefined) return tf.sub(tf.sub(ratio, 1), tf.log(ratio));
  // What is not taken must be finite, for gradients.
  const safe = tf.where(isLast, tf.onesLike(ratio), ratio);
  const density = tf.log(tf.mul(2 * Math.PI, to));
  return tf.where(isLast, density, tf.sub(tf.sub(safe, 1), tf.log(safe)));
}
