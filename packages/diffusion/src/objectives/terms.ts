import { type Key, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { flowPerData } from '../denoisers/denoised.js';
import type { Denoiser } from '../denoisers/denoiser.js';
import type { Schedule } from '../schedules/schedule.js';
import { type Noised, rowErrors } from './noised.js';
import { roundedNormal } from './roundedNormal.js';

/** KL(q(x_1 | x) || N(0, s^2 I)), shape `[...batch]`. */
export function priorTerm({ schedule, eventShape }: Denoiser, x: Tensor): Tensor {
  const { alpha, sigma } = schedule.at(tf.scalar(1));
  const scale = schedule.priorScale();
  const [signal, noise] = [tf.square(tf.div(alpha, scale)), tf.square(tf.div(sigma, scale))];
  const spread = tf.mul(sizeOf(eventShape), tf.sub(tf.sub(noise, 1), tf.log(noise)));
  const squares = sumLast(tf.square(x), eventShape.length);
  return tf.mul(0.5, tf.add(tf.mul(signal, squares), spread));
}

/** E[-log N(x; x_t / alpha, sigma^2 / alpha^2 I)] at the time where x is seen through noise; 0 where there is none. */
export function throughNoise({ schedule, eventShape }: Denoiser, start: number): Tensor {
  if (start === 0 && schedule.startsClean) return tf.scalar(0);
  const logScale = tf.mul(-0.5, schedule.logSnr(tf.scalar(start)));
  return tf.mul(sizeOf(eventShape), tf.add(logScale, 0.5 * (1 + Math.log(2 * Math.PI))));
}

/** One draw of -log P(x | x_0), where x is one of N levels and seen through noise as in {@link throughNoise}; shape `[...batch]`. */
export function throughNoiseToLevels(
  { schedule, eventShape }: Denoiser,
  start: number,
  { x, levels }: { x: Tensor; levels: number },
  key: Key,
): Tensor {
  const deviation = tf.exp(tf.mul(-0.5, schedule.logSnr(tf.scalar(start))));
  const mean = tf.add(x, tf.mul(deviation, key.normal(x.shape)));
  return tf.neg(sumLast(roundedNormal(x, mean, deviation, levels), eventShape.length));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** How fast signal is lost, -1/2 SNR', of the shape of t; finite where nothing of x is left. */
export function signalLoss(schedule: Schedule, t: Tensor): Tensor {
  return tf.tidy(() => {
    const { alpha, sigma } = schedule.at(t);
    const slope = flowPerData({ alpha, sigma, slopes: () => schedule.slopes(t) });
    return tf.neg(tf.mul(tf.div(alpha, tf.square(sigma)), slope));
  });
}

/**
 * What a bound of infinitely many steps gains per time, -1/2 SNR' |x - E[x | x_t]|^2 = 1/2 g^2 / sigma^2 |eps - E[eps | x_t]|^2, shape
 * `[...batch]`.
 */
export function diffusionTerm(seen: Noised): Tensor {
  return tf.mul(signalLoss(seen.denoiser.schedule, seen.t), rowErrors(seen, 'data'));
}
