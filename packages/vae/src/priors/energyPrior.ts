import { Distribution, type StandardNormal, standardNormal } from '@pushforward/distributions';
import type { Network } from '@pushforward/nn';
import {
  type Batch,
  checkAbove,
  checkCount,
  checkOptions,
  type Key,
  logSumExp,
  pullback,
  state,
  type Tensor,
  untracked,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { NetworkBuilder } from '../networks/builder.js';
import { perceptron } from '../networks/perceptron.js';
import { throughInput, withGradientOf } from '../objectives/gradients.js';

/** Options of {@link energyPrior}. */
export interface EnergyPriorOptions {
  /** L: numbers per latent. */
  readonly features: number;
  /** f, from L numbers to one; {@link perceptron} of two layers of 64 by default. */
  readonly network?: NetworkBuilder;
  /** Steps of a Langevin chain; 60 by default. */
  readonly steps?: number;
  /** s, the deviation of the noise of a step; 0.4 by default. */
  readonly stepSize?: number;
  /** Chains that estimate the gradient of log Z in training; 128 by default. */
  readonly chains?: number;
}

/** The names of all {@link EnergyPriorOptions}. */
const known = [
  'features',
  'network',
  'steps',
  'stepSize',
  'chains',
] as const satisfies readonly (keyof EnergyPriorOptions)[];

/** Draws of N(0, I) that a normaliser is estimated from unless told otherwise. */
const DRAWS = 10_000;

/** p(z) = exp(f(z)) N(z; 0, I) / Z, made by {@link energyPrior}. */
export class EnergyPrior extends Distribution {
  override readonly eventShape: readonly number[];
  /** log Z that `logProb` has, shape `[]`: set by {@link calibrate}. */
  readonly logNormaliser: Variable;
  private readonly base: StandardNormal;

  /** @internal made by {@link energyPrior} */
  constructor(
    key: Key,
    /** f. */
    readonly network: Network,
    private readonly chain: { steps: number; stepSize: number; chains: number },
  ) {
    super();
    this.base = standardNormal([network.inputs]);
    this.eventShape = this.base.eventShape;
    this.logNormaliser = state(() => tf.scalar(0));
    this.calibrate(key);
  }

  override get reparameterised(): boolean {
    return false;
  }

  /** With log Z as it was at the last {@link calibrate}. No gradient reaches the network, which learns by the loss. */
  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => {
      const logWeight = throughInput(z, (z) => tf.add(this.tilt(z), this.base.logProb(z)));
      return tf.sub(logWeight, this.logNormaliser);
    });
  }

  /**
   * The ends of Langevin chains that start from N(0, I): the closer to draws of p the more and the shorter the steps.
   */
  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const [forStart, forSteps] = key.split(2);
      return untracked(() => this.langevin(forSteps, this.base.sample(forStart, shape)));
    });
  }

  /**
   * The mean of -log p(z) with log Z estimated at the starts of the chains, on average too small. Its gradient has f at
   * their ends in place of log Z, whose gradient is E_p[grad f].
   */
  override loss({ x, context }: Batch, key: Key): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const [forStart, forSteps] = key.split(2);
      const start = this.base.sample(forStart, [this.chain.chains]);
      const end = untracked(() => this.langevin(forSteps, start));
      const logZ = untracked(() => this.logMeanExp(start));
      const normaliser = withGradientOf(logZ, tf.mean(this.tilt(end)));
      return tf.sub(normaliser, tf.mean(tf.add(this.tilt(x), this.base.logProb(x))));
    });
  }

  /**
   * Stores log Z = log E exp(f(z)), z ~ N(0, I), estimated by importance sampling: on average too small, by less the
   * more draws.
   *
   * @param draws 10,000 by default
   */
  calibrate(key: Key, draws: number = DRAWS): void {
    checkCount('EnergyPrior.calibrate', 'draws', draws, 1);
    tf.tidy(() => {
      this.logNormaliser.assign(this.logMeanExp(this.base.sample(key, [draws])));
    });
  }

  /** f(z), `[..., L]` -> `[...]`. */
  private tilt(z: Tensor): Tensor {
    return tf.squeeze(this.network.apply(z), [-1]);
  }

  private logMeanExp(z: Tensor): Tensor {
    return tf.sub(logSumExp(this.tilt(z), 0), Math.log(z.shape[0]));
  }

  /** z + s^2 / 2 grad log p(z) + s e, e ~ N(0, I), again and again. */
  private langevin(key: Key, start: Tensor): Tensor {
    const { steps, stepSize } = this.chain;
    const noise = tf.unstack(key.normal([steps, ...start.shape]));
    return noise.reduce(
      (z, e) =>
        tf.tidy(() => {
          const [slope] = pullback((z) => this.tilt(z), [z], tf.ones(z.shape.slice(0, -1)));
          const drift = tf.mul(0.5 * stepSize ** 2, tf.sub(slope!, z));
          return tf.add(tf.add(z, drift), tf.mul(stepSize, e));
        }),
      start,
    );
  }
}

/**
 * A latent energy-based prior, p(z) = exp(f(z)) N(z; 0, I) / Z, with f a network. It starts as N(0, I) where f starts
 * at zero, as the networks of this package do, and can hold what the data's latents are like, whatever that is.
 *
 * Draws are the ends of short Langevin chains, and so are those that its loss compares the data with. It is trained by
 * its loss: `elbo` asks for that, and so does `fit(prior, latents)` behind a model that is trained already. Its
 * `logProb` has a normaliser that `calibrate` has stored, and leaves the network as it is under objectives that ask for
 * it, such as `iwae`.
 *
 * Source: Pang et al., "Learning latent space energy-based prior model", arXiv:2006.08205.
 *
 * @param key of the network's start, and of the draws that Z is first estimated from
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { bernoulli, energyPrior, perceptron, vae } from '@pushforward/vae';
 * import { Key } from '@pushforward/tensors';
 * const prior = energyPrior(Key.from(1), { features: 2, network: perceptron([16]), steps: 20 });
 * const model = vae(Key.from(2), { likelihood: bernoulli(40), latent: 2, prior });
 * // Behind the training, for log-likelihoods:
 * prior.calibrate(Key.from(3));
 * ```
 */
export function energyPrior(key: Key, options: EnergyPriorOptions): EnergyPrior {
  checkOptions('energyPrior', options, known);
  const { features, network = perceptron([64, 64], 'elu') } = options;
  const { steps = 60, stepSize = 0.4, chains = 128 } = options;
  checkCount('energyPrior', 'features', features, 1);
  checkCount('energyPrior', 'steps', steps, 1);
  checkAbove('energyPrior', 'stepSize', stepSize, 0);
  checkCount('energyPrior', 'chains', chains, 1);
  const [forNetwork, forNormaliser] = key.split(2);
  return new EnergyPrior(forNormaliser, network(forNetwork, { inputs: features, outputs: 1 }), {
    steps,
    stepSize,
    chains,
  });
}
