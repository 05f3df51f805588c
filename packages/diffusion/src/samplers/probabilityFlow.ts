import { checkOptions, DomainError, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import { flowSolver, type ProbabilityFlowOptions, radiusAt, turned, turning } from './turning.js';

/**
 * The noise that data come from along the probability-flow equation dx/dt = E[dx_t/dt | x_t], by steps as long as their errors
 * allow; {@link decode} leads back.
 *
 * Source: Song et al., "Score-based generative modeling through stochastic differential equations", arXiv:2011.13456, section 4.3.
 *
 * @param x shape `[...batch, ...event]`
 * @param context shape `[...batch, contextSize]`
 * @returns x at time 1, shape of x
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { decode, type Denoiser, encode } from '@pushforward/diffusion';
 * import type { Tensor } from '@pushforward/tensors';
 *
 * // x again, but for the tolerances.
 * function thereAndBack(denoiser: Denoiser, x: Tensor): Tensor {
 *   return decode(denoiser, encode(denoiser, x));
 * }
 * ```
 */
export function encode(
  denoiser: Denoiser,
  x: Tensor,
  options: ProbabilityFlowOptions = {},
  context?: Tensor,
): Tensor {
  return flow('encode', 'toNoise', denoiser, x, options, context);
}

/**
 * The data that noise leads to along the probability-flow equation, the inverse of {@link encode}. Draws of noise of the
 * schedule's `priorScale` become draws of data.
 *
 * @param z at time 1, shape `[...batch, ...event]`
 * @param context shape `[...batch, contextSize]`
 * @returns shape of z
 * @throws as {@link encode}
 */
export function decode(
  denoiser: Denoiser,
  z: Tensor,
  options: ProbabilityFlowOptions = {},
  context?: Tensor,
): Tensor {
  return flow('decode', 'toData', denoiser, z, options, context);
}

/**
 * What lies between two data: their noise is turned from one to the other as on a sphere, where all noise is as likely, its length
 * changing evenly, and decoded. Noise of one number, or opposite, passes through 0.
 *
 * Source: Song, Meng and Ermon, "Denoising diffusion implicit models", arXiv:2010.02502, section 5.3 and appendix D.5.
 *
 * @param from shape `[...batch, ...event]`
 * @param to shape of `from`
 * @param shares S >= 1 numbers in [0, 1]: 0 is `from`, 1 is `to`
 * @param context shape `[...batch, contextSize]`, of both
 * @returns shape `[S, ...batch, ...event]`
 * @throws as {@link encode}, ShapeError where `from` and `to` differ in shape, and DomainError for no shares or ones outside [0, 1]
 *
 * @example
 * ```ts
 * import { type Denoiser, interpolate } from '@pushforward/diffusion';
 * import type { Tensor } from '@pushforward/tensors';
 *
 * function between(denoiser: Denoiser, a: Tensor, b: Tensor): Tensor {
 *   return interpolate(denoiser, a, b, [0, 0.25, 0.5, 0.75, 1]); // [5, ...]
 * }
 * ```
 */
export function interpolate(
  denoiser: Denoiser,
  from: Tensor,
  to: Tensor,
  shares: readonly number[],
  options: ProbabilityFlowOptions = {},
  context?: Tensor,
): Tensor {
  const wrong = shares.find((share) => !(share >= 0 && share <= 1));
  if (shares.length === 0 || wrong !== undefined)
    throw new DomainError(
      `interpolate: one or more shares in [0, 1] are needed, got ${wrong ?? 'none'}.`,
    );
  if (from.shape.join() !== to.shape.join())
    throw new ShapeError(
      `interpolate: data of one shape are needed, got [${from.shape.join(', ')}] and [${to.shape.join(', ')}].`,
    );
  return tf.tidy(() => {
    const ends = flow('interpolate', 'toNoise', denoiser, tf.stack([from, to]), options, context);
    const [a, b] = tf.unstack(ends) as [Tensor, Tensor];
    const turned = tf.stack(onSphere(a, b, shares, denoiser.eventShape.length));
    return flow('interpolate', 'toData', denoiser, turned, options, context);
  });
}

/** Along the angle whose tangent is sigma / alpha, where x_t / sqrt(alpha^2 + sigma^2) moves at the velocity. */
function flow(
  where: string,
  direction: 'toNoise' | 'toData',
  denoiser: Denoiser,
  x: Tensor,
  options: ProbabilityFlowOptions,
  context: Tensor | undefined,
): Tensor {
  checkOptions(where, options, ['rtol', 'atol', 'earliest']);
  const solver = flowSolver(where, options, 1e-5);
  const [from, to] = direction === 'toNoise' ? [solver.earliest, 1] : [1, solver.earliest];
  const { schedule } = denoiser;
  return tf.tidy(() => {
    const field = (t: Tensor, y: Tensor) => turning(denoiser, y, t, context);
    const y = tf.div(x, radiusAt(schedule, from));
    return tf.mul(radiusAt(schedule, to), turned(schedule, solver, [from, to], field, y));
  });
}

/**
 * |z| (sin((1 - s) w) a / |a| + sin(s w) b / |b|) / sin(w) for every share s, with |z| = (1 - s) |a| + s |b| and w the angle between
 * the events a and b. The lengths apart, for the formula without them has no bound where a and b are opposite.
 */
function onSphere(a: Tensor, b: Tensor, shares: readonly number[], eventRank: number): Tensor[] {
  const axes = Array.from({ length: eventRank }, (_, i) => a.rank - 1 - i);
  const product = (x: Tensor, y: Tensor) => tf.sum(tf.mul(x, y), axes, true);
  const [ofA, ofB] = [a, b].map((x) => tf.sqrt(product(x, x))) as [Tensor, Tensor];
  const [unitA, unitB] = [tf.divNoNan(a, ofA), tf.divNoNan(b, ofB)];
  // Where they are parallel the arc is a line, to the first order of the angle.
  const angle = tf.acos(tf.clipByValue(product(unitA, unitB), -0.999999, 0.999999));
  const part = (share: number) => tf.div(tf.sin(tf.mul(share, angle)), tf.sin(angle));
  return shares.map((share) => {
    const direction = tf.add(tf.mul(part(1 - share), unitA), tf.mul(part(share), unitB));
    return tf.mul(tf.add(tf.mul(1 - share, ofA), tf.mul(share, ofB)), direction);
  });
}
