import { RationalQuadraticSpline } from '@pushforward/bijectors';
import {
  checkAbove,
  checkCount,
  checkOptions,
  exp,
  parameter,
  softplus,
  state,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type LogSnrRange, range } from './logSnrRange.js';
import { type Levels, Schedule, type Slopes } from './schedule.js';

/** alpha^2 = s(log-SNR), sigma^2 = s(-log-SNR), with s(x) = 1 / (1 + e^-x). */
abstract class LogSnrSchedule extends Schedule {
  override readonly preservesVariance = true;

  abstract override logSnr(t: Tensor): Tensor;
  abstract override logSnrSlope(t: Tensor): Tensor;

  override at(t: Tensor): Levels {
    return tf.tidy(() => {
      const logSnr = this.logSnr(t);
      // Not by the logistic function, of whose small values some engines keep few digits.
      return {
        alpha: exp(tf.mul(-0.5, softplus(tf.neg(logSnr)))),
        sigma: exp(tf.mul(-0.5, softplus(logSnr))),
      };
    });
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => {
      const { alpha, sigma } = this.at(t);
      const speed = tf.mul(tf.square(sigma), this.logSnrSlope(t));
      return {
        alpha: tf.mul(tf.mul(0.5, alpha), speed),
        variance: tf.neg(tf.mul(tf.square(alpha), speed)),
      };
    });
  }
}

class LinearLogSnr extends LogSnrSchedule {
  constructor(
    private readonly first: number,
    private readonly last: number,
  ) {
    super();
  }

  override logSnr(t: Tensor): Tensor {
    return tf.tidy(() => tf.add(this.first, tf.mul(this.last - this.first, t)));
  }

  override logSnrSlope(t: Tensor): Tensor {
    return tf.fill(t.shape, this.last - this.first);
  }
}

/** The range of log-SNR where none is given: that of images of 8 bits (Kingma et al., arXiv:2107.00630). */
const STANDARD = { logSnrMax: 13.3, logSnrMin: -5 };

/**
 * The log-SNR falls as a line, from `logSnrMax` to `logSnrMin`; 13.3 and -5 by default. Variance is preserved.
 *
 * Source: Kingma et al., "Variational diffusion models", arXiv:2107.00630, section 3.2.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function linearLogSnr(options: LogSnrRange = {}): Schedule {
  checkOptions('linearLogSnr', options, ['logSnrMax', 'logSnrMin']);
  const { logSnrMax, logSnrMin } = finiteRange('linearLogSnr', options);
  return new LinearLogSnr(logSnrMax, logSnrMin);
}

/** Options of {@link learnedSchedule}. */
export interface LearnedScheduleOptions extends LogSnrRange {
  /** Bins of the spline; 8 by default. */
  readonly bins?: number;
  /** Whether the log-SNR at t = 0 and 1 is learned too; false by default. */
  readonly learnEnds?: boolean;
}

/** The log-SNR is a spline of t. */
class LearnedLogSnr extends LogSnrSchedule {
  private readonly spline: RationalQuadraticSpline;
  /** What selects the spline, `[P]`. */
  readonly shape: Variable;
  /** The log-SNR at t = 1, shape `[]`. */
  readonly last: Variable;
  /** The logarithm of how much more it is at t = 0, shape `[]`. */
  readonly logRange: Variable;

  constructor(bins: number, last: number, logRange: number, learnEnds: boolean) {
    super();
    this.spline = new RationalQuadraticSpline({ bins, bound: 1 });
    this.shape = parameter(() => tf.zeros([this.spline.parameterCount]));
    const end = learnEnds ? parameter : state;
    this.last = end(() => tf.scalar(last));
    this.logRange = end(() => tf.scalar(logRange));
  }

  override logSnr(t: Tensor): Tensor {
    return tf.tidy(() => {
      const [y] = this.splineAt(t);
      // The spline climbs from -1 to 1.
      return tf.add(this.last, tf.mul(exp(this.logRange), tf.mul(0.5, tf.sub(1, y))));
    });
  }

  override logSnrSlope(t: Tensor): Tensor {
    return tf.tidy(() => {
      const [, logSlope] = this.splineAt(t);
      return tf.neg(exp(tf.add(this.logRange, logSlope)));
    });
  }

  /** The spline at 2 t - 1, and the logarithm of its slope. */
  private splineAt(t: Tensor): [y: Tensor, logSlope: Tensor] {
    const rows = tf.reshape(tf.sub(tf.mul(2, t), 1), [-1, 1]);
    const h = tf.broadcastTo(this.shape, [...rows.shape, this.spline.parameterCount]);
    const [y, logSlope] = this.spline.forwardAndLogDet(rows, h);
    return [tf.reshape(y, t.shape), tf.reshape(logSlope, t.shape)];
  }
}

/**
 * A log-SNR that is learned: a monotone rational-quadratic spline of t that starts as the line of {@link linearLogSnr}.
 *
 * A bound of T steps is learned best by steps of even difficulty. With infinitely many, the bound does not depend on the way from one
 * end to the other (Kingma et al., arXiv:2107.00630, section 5.1), only on the ends.
 *
 * Source: Kingma et al., arXiv:2107.00630, section 3.2, with a monotone network.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function learnedSchedule(options: LearnedScheduleOptions = {}): Schedule {
  const where = 'learnedSchedule';
  checkOptions(where, options, ['logSnrMax', 'logSnrMin', 'bins', 'learnEnds']);
  const { bins = 8, learnEnds = false } = options;
  checkCount(where, 'bins', bins, 2);
  const { logSnrMax, logSnrMin } = finiteRange(where, options);
  return new LearnedLogSnr(bins, logSnrMin, Math.log(logSnrMax - logSnrMin), learnEnds);
}

function finiteRange(where: string, options: LogSnrRange): Required<LogSnrRange> {
  const { logSnrMax, logSnrMin } = range(where, options, STANDARD);
  checkAbove(where, 'logSnrMax', logSnrMax, -Infinity);
  checkAbove(where, 'logSnrMin', logSnrMin, -Infinity);
  return { logSnrMax, logSnrMin };
}
