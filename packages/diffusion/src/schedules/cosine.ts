import { checkOptions, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LogSnrRange, range } from './logSnrRange.js';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** alpha = cos(angle), sigma = sin(angle), with an angle that grows as a line. */
class Cosine extends Schedule {
  override readonly preservesVariance = true;
  override readonly startsClean: boolean;
  override readonly endsInNoise: boolean;

  /**
   * @param first angle at t = 0
   * @param last what is left to pi / 2 at t = 1
   */
  constructor(
    private readonly first: number,
    private readonly last: number,
  ) {
    super();
    this.startsClean = first === 0;
    this.endsInNoise = last === 0;
  }

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      // Each as the sine of a small angle where it is small.
      const left = tf.add(this.last, tf.mul(this.speed, tf.sub(1, t)));
      return { alpha: tf.sin(left), sigma: tf.sin(tf.add(this.first, tf.mul(this.speed, t))) };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const { alpha, sigma } = this.at(t);
      return {
        alpha: tf.mul(-this.speed, sigma),
        variance: tf.mul(2 * this.speed, tf.mul(alpha, sigma)),
      };
    });
  }

  private get speed(): number {
    return Math.PI / 2 - this.first - this.last;
  }
}

/**
 * alpha = cos(angle), sigma = sin(angle), the angle growing as a line from where the log-SNR is `logSnrMax` to where it is
 * `logSnrMin`; 15 and -15 by default, and from Infinity to -Infinity the whole quarter of a circle.
 *
 * Source: Nichol and Dhariwal, arXiv:2102.09672; Hoogeboom, Heek and Salimans, "Simple diffusion", arXiv:2301.11093, whose
 * log-SNR is -2 log tan(pi t / 2), here cut off.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function cosine(options: LogSnrRange = {}): Schedule {
  checkOptions('cosine', options, ['logSnrMax', 'logSnrMin']);
  const { logSnrMax, logSnrMin } = range('cosine', options, { logSnrMax: 15, logSnrMin: -15 });
  return new Cosine(Math.atan(Math.exp(-logSnrMax / 2)), Math.atan(Math.exp(logSnrMin / 2)));
}
