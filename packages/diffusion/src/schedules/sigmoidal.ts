import { checkOptions, DomainError, expm1, sigmoid, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LogSnrRange, range } from './logSnrRange.js';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** Options of {@link sigmoidal}. */
export interface SigmoidOptions extends LogSnrRange {
  /** u at t = 0; -3 by default. */
  readonly start?: number;
  /** u at t = 1, above that at 0; 3 by default. */
  readonly end?: number;
  /** Divides u; 1 by default. */
  readonly temperature?: number;
}

/** sigma^2 goes from its least to its largest value as a logistic function of t, from `low` to `high`, does. */
class Sigmoidal extends Schedule {
  override readonly preservesVariance = true;
  override readonly startsClean: boolean;
  override readonly endsInNoise: boolean;

  constructor(
    private readonly ends: readonly [low: number, high: number],
    /** alpha^2 and sigma^2 at t = 0 and 1. */
    private readonly signal: readonly [number, number],
    private readonly noise: readonly [number, number],
  ) {
    super();
    this.startsClean = noise[0] === 0;
    this.endsInNoise = signal[1] === 0;
  }

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      const [low, high] = this.ends;
      const u = tf.add(low, tf.mul(high - low, t));
      // s(a) - s(b) = s(a) s(-b) (1 - e^(b - a)) for the logistic function s.
      const run = tf.mul(low - high, t);
      const rest = tf.mul(low - high, tf.sub(1, t));
      const gone = tf.mul(tf.mul(sigmoid(u), logistic(-low) / this.rise), tf.neg(expm1(run)));
      const left = tf.mul(
        tf.mul(sigmoid(tf.neg(u)), logistic(high) / this.rise),
        tf.neg(expm1(rest)),
      );
      const mix = ([first, last]: readonly [number, number]) =>
        tf.sqrt(tf.add(tf.mul(first, left), tf.mul(last, gone)));
      return { alpha: mix(this.signal), sigma: mix(this.noise) };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const [low, high] = this.ends;
      const u = tf.add(low, tf.mul(high - low, t));
      const speed = tf.mul(
        tf.mul(sigmoid(u), sigmoid(tf.neg(u))),
        ((this.noise[1] - this.noise[0]) * (high - low)) / this.rise,
      );
      return { alpha: tf.mul(-0.5, tf.div(speed, this.at(t).alpha)), variance: speed };
    });
  }

  private get rise(): number {
    const [low, high] = this.ends;
    return logistic(high) - logistic(low);
  }
}

/**
 * sigma^2 grows as the logistic function of u / temperature, u from `start` to `end`, between the values of a log-SNR of `logSnrMax`
 * and of `logSnrMin`; 15 and -15 by default.
 *
 * Source: Jabri, Fleet and Chen, "Scalable adaptive computation for iterative generation", arXiv:2212.11972; Chen, "On the importance
 * of noise scheduling for diffusion models", arXiv:2301.10972, algorithm 1.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function sigmoidal(options: SigmoidOptions = {}): Schedule {
  const where = 'sigmoidal';
  checkOptions(where, options, ['start', 'end', 'temperature', 'logSnrMax', 'logSnrMin']);
  const { start = -3, end = 3, temperature = 1 } = options;
  const { logSnrMax, logSnrMin } = range(where, options, { logSnrMax: 15, logSnrMin: -15 });
  const ends = [start / temperature, end / temperature] as const;
  if (!(ends.every(Number.isFinite) && temperature > 0 && end > start))
    throw new DomainError(
      `${where}: end > start and temperature > 0 are required, got ${end}, ${start} and ${temperature}.`,
    );
  const both = (sign: number) => [logistic(sign * logSnrMax), logistic(sign * logSnrMin)] as const;
  return new Sigmoidal(ends, both(1), both(-1));
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
