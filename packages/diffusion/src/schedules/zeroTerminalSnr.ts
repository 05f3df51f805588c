import { OptionError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** Another schedule, with alpha shifted and stretched. */
class ZeroTerminalSnr extends Schedule {
  override readonly preservesVariance = true;
  override readonly endsInNoise = true;
  override readonly startsClean: boolean;
  override readonly steps: number | undefined;

  constructor(readonly schedule: Schedule) {
    super();
    this.startsClean = schedule.startsClean;
    this.steps = schedule.steps;
  }

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      const { alpha, lost } = this.parts(t);
      const { alpha: first, lost: lostFirst } = this.parts(tf.scalar(0));
      const { alpha: last } = this.parts(tf.scalar(1));
      const range = tf.sub(first, last);
      // 1 - alpha of the new one, from numbers that are as small: sigma keeps its digits.
      const left = tf.div(tf.sub(tf.mul(first, lost), tf.mul(last, lostFirst)), range);
      return {
        alpha: tf.mul(tf.sub(alpha, last), tf.div(first, range)),
        sigma: tf.sqrt(tf.mul(left, tf.sub(2, left))),
      };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const [first, last] = [0, 1].map((end) => this.schedule.at(tf.scalar(end)).alpha) as [
        Tensor,
        Tensor,
      ];
      const alpha = tf.mul(this.schedule.slopes(t).alpha, tf.div(first, tf.sub(first, last)));
      return { alpha, variance: tf.mul(-2, tf.mul(this.at(t).alpha, alpha)) };
    });
  }

  /** alpha, and 1 - alpha = sigma^2 / (1 + alpha), of the schedule that is stretched. */
  private parts(t: Tensor): { alpha: Tensor; lost: Tensor } {
    const { alpha, sigma } = this.schedule.at(t);
    return { alpha, lost: tf.div(tf.square(sigma), tf.add(1, alpha)) };
  }
}

/**
 * A schedule with nothing of x left at t = 1: alpha is shifted to 0 there and stretched to what it was at t = 0, and variance is still
 * preserved. Samplers start from pure noise, so training must have shown it.
 *
 * Noise and scores say nothing of x at t = 1: denoisers must predict velocity, flow or data.
 *
 * Source: Lin et al., "Common diffusion noise schedules and sample steps are flawed", arXiv:2305.08891, algorithm 1, which keeps alpha of
 * the first step in place of that before it.
 *
 * @throws OptionError for a schedule that does not preserve variance, or that ends in noise already
 */
export function zeroTerminalSnr(schedule: Schedule): Schedule {
  if (!schedule.preservesVariance || schedule.endsInNoise)
    throw new OptionError(
      'zeroTerminalSnr: the schedule must preserve variance and leave some signal at t = 1; this one ' +
        `${schedule.endsInNoise ? 'has none there already' : 'does not preserve variance'}.`,
    );
  return new ZeroTerminalSnr(schedule);
}
