import { Bernoulli, Distribution, Independent, tensorOf } from '@pushforward/distributions';
import {
  type Batch,
  checkAbove,
  DomainError,
  type Key,
  log1p,
  sigmoid,
  sumLast,
  type Tensor,
  untracked,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { changed, Family } from '../family.js';
import { onSupport } from '../laws/support.js';

/** Below it a unit is never on in single precision. */
const SMALLEST = 1e-12;

/**
 * Units z and behind them zeta, which is 0 where z is, and else of density beta exp(beta zeta) / (exp(beta) - 1) on (0,
 * 1].
 */
export class Smoothed extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;

  /** @internal made by {@link smoothed} */
  constructor(
    readonly units: Distribution,
    readonly sharpness: number,
  ) {
    super();
    this.eventShape = units.eventShape;
    this.batchShape = units.batchShape;
    this.contextSize = units.contextSize;
    const whenOn = 1 / -Math.expm1(-sharpness) - 1 / sharpness;
    if (units.mean) this.mean = (context) => tf.tidy(() => tf.mul(whenOn, units.mean!(context)));
  }

  override get reparameterised(): boolean {
    return this.coins !== undefined;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const rank = this.eventShape.length;
      const z = on(x);
      const excess = (x: Tensor) =>
        sumLast(tf.add(tf.relu(tf.neg(x)), tf.relu(tf.sub(x, 1))), rank);
      return onSupport(x, excess, tf.add(this.units.logProb(z, context), this.within(x, z)));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const { units, coins } = this;
      const [forUnits, forRest] = key.split(2);
      if (coins !== undefined) {
        // One uniform number says both whether it is on, which it is above 1 - q, and how much.
        const logits = tensorOf(coins.logits);
        const off = sigmoid(tf.neg(logits));
        const q = tf.maximum(sigmoid(logits), SMALLEST);
        const uniform = forRest.uniform([...shape, ...this.batchShape, ...this.eventShape]);
        return this.quantile1(tf.minimum(1, tf.div(tf.relu(tf.sub(uniform, off)), q)));
      }
      const z = units.sample(forUnits, shape, context);
      return tf.mul(z, this.quantile1(forRest.uniform(z.shape)));
    });
  }

  /** As the units' own, so that those learn by it which do not by their density. */
  override loss({ x, context }: Batch, key: Key): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const z = on(x);
      const batch = context === undefined ? { x: z } : { x: z, context };
      return tf.sub(this.units.loss(batch, key), tf.mean(this.within(x, z)));
    });
  }

  /** Units that are independent, whose draws carry a gradient. */
  private get coins(): Bernoulli | undefined {
    const { units } = this;
    return units instanceof Independent && units.law instanceof Bernoulli ? units.law : undefined;
  }

  /** log of the density of zeta where it is on, summed over the event. */
  private within(x: Tensor, z: Tensor): Tensor {
    const { sharpness } = this;
    // log(exp(beta) - 1) without its overflow.
    const constant = Math.log(sharpness) - sharpness - Math.log(-Math.expm1(-sharpness));
    return sumLast(tf.mul(z, tf.add(tf.mul(sharpness, x), constant)), this.eventShape.length);
  }

  /** The zeta below which a share p of that density is: log(1 + p (exp(beta) - 1)) / beta. */
  private quantile1(p: Tensor): Tensor {
    return tf.div(log1p(tf.mul(Math.expm1(this.sharpness), p)), this.sharpness);
  }
}

/** Where x is above 0. */
function on(x: Tensor): Tensor {
  return untracked(() => tf.cast(tf.greater(x, 0), 'float32'));
}

/**
 * Laws of zeros and ones z, smoothed by a spike and an exponential: zeta = 0 where z = 0, else of density
 * beta exp(beta zeta) / (exp(beta) - 1) on (0, 1]. Densities are those of a point at 0 and a length above.
 *
 * Draws of independent units carry the gradient of their logits, for one is on a little where it is just on. So
 * discrete latents learn by `elbo`: with posterior and prior smoothed alike, their divergence is that of the units, in
 * closed form for `bernoulli` units and a prior of such, or a `restrictedBoltzmann` of all its units with an exact Z.
 * Objectives that follow gradients through log p(z) or log q(z), `iwae` and the form `'joint'` of `elbo`, miss those of
 * the steps of a unit.
 *
 * Source: Rolfe, "Discrete variational autoencoders", arXiv:1609.02200, section 2.1.
 *
 * @param units a law of zeros and ones, or a family of such
 * @param sharpness beta, > 0 and at most 80: the larger, the closer to 1 are units that are on
 * @throws DomainError for another sharpness
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, elbo, restrictedBoltzmann, smoothed, vae } from '@pushforward/vae';
 * const units = restrictedBoltzmann(Key.from(1), { visible: 6, hidden: 6, joint: true });
 * const model = vae(Key.from(2), {
 *   likelihood: bernoulli(64),
 *   posterior: smoothed(bernoulli(12), 5),
 *   prior: smoothed(units, 5),
 *   objective: elbo(),
 * });
 * ```
 */
export function smoothed(units: Family, sharpness: number): Family;
export function smoothed(units: Distribution, sharpness: number): Distribution;
export function smoothed(units: Family | Distribution, sharpness: number): Family | Distribution {
  checkAbove('smoothed', 'sharpness', sharpness, 0);
  if (sharpness > 80)
    throw new DomainError(`smoothed: sharpness must be at most 80, got ${sharpness}.`);
  return units instanceof Family
    ? changed(units, (law) => new Smoothed(law, sharpness))
    : new Smoothed(units, sharpness);
}
