import { Distribution } from '@pushforward/distributions';
import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Options of {@link autoregressivePrior}. */
export interface AutoregressivePriorOptions {
  /** n: steps of the sequence, 2 or more. */
  readonly steps: number;
  /** d: numbers per step. */
  readonly features: number;
  /** delta, > 0: nats that the divergence of any normal law of independent numbers has at least. */
  readonly committedRate: number;
}

/** What a step adds has then a deviation of 0.001. */
const LARGEST = Math.sqrt(1 - 1e-6);

/** z_1 ~ N(0, I), z_t ~ N(alpha z_t-1, (1 - alpha^2) I), made by {@link autoregressivePrior}. */
export class AutoregressiveNormal extends Distribution {
  override readonly eventShape: readonly number[];

  /** @internal made by {@link autoregressivePrior} */
  constructor(
    private readonly steps: number,
    private readonly features: number,
    /** alpha, in [0, 1): the correlation of a number with that before it. */
    readonly correlation: number,
  ) {
    super();
    this.eventShape = [steps * features];
  }

  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => {
      const batch = z.shape.slice(0, -1);
      const [first, rest] = [this.features, (this.steps - 1) * this.features];
      const [start, later] = tf.split(z, [first, rest], -1);
      const [earlier] = tf.split(z, [rest, first], -1);
      const innovations = tf.div(
        tf.sub(later!, tf.mul(this.correlation, earlier!)),
        this.innovation,
      );
      const squares = tf.sum(tf.square(tf.concat([start!, innovations], -1)), -1);
      const logScales = 0.5 * this.size * Math.log(2 * Math.PI) + rest * Math.log(this.innovation);
      return tf.reshape(tf.sub(tf.mul(-0.5, squares), logScales), batch);
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const { steps, features, correlation: alpha } = this;
      // z_t = alpha^(t - 1) e_1 + sqrt(1 - alpha^2) sum_s alpha^(t - s) e_s.
      const responses = Array.from({ length: steps }, (_, t) =>
        Array.from({ length: steps }, (_, s) =>
          s > t ? 0 : alpha ** (t - s) * (s === 0 ? 1 : this.innovation),
        ),
      );
      const noise = key.normal([shape.reduce((size, n) => size * n, features), steps]);
      const z = tf.matMul(noise, tf.tensor2d(responses), false, true);
      const sequences = tf.transpose(tf.reshape(z, [-1, features, steps]), [0, 2, 1]);
      return tf.reshape(sequences, [...shape, this.size]);
    });
  }

  override mean(): Tensor {
    return tf.zeros([this.size]);
  }

  override variance(): Tensor {
    return tf.ones([this.size]);
  }

  override entropy(): Tensor {
    const innovations = (this.steps - 1) * this.features * Math.log(this.innovation);
    return tf.scalar(0.5 * this.size * Math.log(2 * Math.PI * Math.E) + innovations);
  }

  /** The diagonal of the inverse covariance, `[n d]`. */
  precision(): Tensor {
    return tf.tidy(() => {
      const { steps, features, correlation } = this;
      const inner = tf.fill([Math.max(0, steps - 2) * features], 1 + correlation ** 2);
      const outer = tf.ones([features]);
      return tf.div(tf.concat([outer, inner, outer]), 1 - correlation ** 2);
    });
  }

  private get size(): number {
    return this.steps * this.features;
  }

  /** The deviation of z_t given z_t-1. */
  private get innovation(): number {
    return Math.sqrt(1 - this.correlation ** 2);
  }
}

/**
 * A stationary autoregressive prior, z_1 ~ N(0, I), z_t ~ N(alpha z_t-1, (1 - alpha^2) I), for posteriors of
 * independent numbers: these cannot follow its correlations, so that whatever they say they are delta nats away, which
 * the latents are free to use.
 *
 * With n steps of d numbers the least divergence is delta = d/2 ((n - 2) log(1 + alpha^2) - log(1 - alpha^2)); alpha is
 * the one that has it. The numbers of a step stand together.
 *
 * Source: Razavi et al., "Preventing posterior collapse with delta-VAEs", arXiv:1901.03416, section 2.1.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { autoregressivePrior, bernoulli, vae } from '@pushforward/vae';
 * import { Key } from '@pushforward/tensors';
 * const prior = autoregressivePrior({ steps: 5, features: 2, committedRate: 1 });
 * const model = vae(Key.from(1), { likelihood: bernoulli(40), latent: 10, prior });
 * ```
 */
export function autoregressivePrior(options: AutoregressivePriorOptions): AutoregressiveNormal {
  const where = 'autoregressivePrior';
  checkOptions(where, options, ['steps', 'features', 'committedRate']);
  const { steps, features, committedRate } = options;
  checkCount(where, 'steps', steps, 2);
  checkCount(where, 'features', features, 1);
  checkAbove(where, 'committedRate', committedRate, 0);
  const correlation = correlationOf(committedRate / features, steps);
  if (correlation > LARGEST)
    throw new DomainError(
      `${where}: a committedRate of ${committedRate} needs a correlation of ${correlation}, which leaves ` +
        'too little of each step to be told in single precision; take a smaller rate, or more steps or features.',
    );
  return new AutoregressiveNormal(steps, features, correlation);
}

/** The alpha in (0, 1) with (n - 2) log(1 + alpha^2) - log(1 - alpha^2) = 2 rate: by halving, as it grows in alpha. */
function correlationOf(rate: number, steps: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const square = ((low + high) / 2) ** 2;
    if ((steps - 2) * Math.log1p(square) - Math.log1p(-square) > 2 * rate) high = (low + high) / 2;
    else low = (low + high) / 2;
  }
  return (low + high) / 2;
}
