import { Distribution, given } from '@pushforward/distributions';
import {
  type Batch,
  broadcastShapes,
  checkEvent,
  checkOptions,
  type EpochReport,
  type Key,
  type Learner,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { LatentVariableModel, Likelihood, Objective, Posterior, Prior } from './contracts.js';
import { elbo } from './objectives/elbo.js';

/** What a {@link VAE} is made of. */
export interface VAEParts {
  /** p(z), of events `[L]`. */
  readonly prior: Prior;
  /** p(x | z), of context size L, or L + C where it reads the context too. */
  readonly likelihood: Likelihood;
  /** q(z | x), of context size D, the numbers of x, or D + C where it reads the context too. */
  readonly posterior: Posterior;
  /** What training minimises; {@link elbo} by default. */
  readonly objective?: Objective;
  /** What Adam is to be told where the options of `fit` do not say otherwise. */
  readonly adam?: NonNullable<Learner['adam']>;
}

/**
 * A variational auto-encoder: a prior, a likelihood, a posterior and an objective, whichever they are.
 *
 * It is a law of x, whose `loss` is the objective's, so `fit` trains it, and it may be the prior of another. What it is
 * conditioned on, c, is shown to those of its laws whose context has room for it.
 *
 * Source: Kingma and Welling, "Auto-encoding variational Bayes", arXiv:1312.6114; Rezende, Mohamed and Wierstra,
 * arXiv:1401.4082.
 */
export class VAE extends Distribution implements LatentVariableModel {
  /** p(z). */
  readonly prior: Prior;
  /** p(x | z). */
  readonly likelihood: Likelihood;
  /** q(z | x). */
  readonly posterior: Posterior;
  /** What training minimises. */
  readonly objective: Objective;
  /** What Adam is to be told where the options of `fit` do not say otherwise. */
  readonly adam: NonNullable<Learner['adam']>;
  /** Shape of x. */
  override readonly eventShape: readonly number[];
  /** Numbers per latent vector, L. */
  readonly latentSize: number;
  /** Numbers per context vector, C; 0 for an unconditional model. */
  override readonly contextSize: number;

  /** @throws ShapeError where the sizes of the three laws do not fit each other */
  constructor(parts: VAEParts) {
    super();
    checkOptions('VAE', parts, ['prior', 'likelihood', 'posterior', 'objective', 'adam']);
    this.prior = parts.prior;
    this.likelihood = parts.likelihood;
    this.posterior = parts.posterior;
    this.objective = parts.objective ?? elbo();
    this.adam = parts.adam ?? {};
    this.eventShape = this.likelihood.eventShape;
    const [latentSize] = this.prior.eventShape;
    if (this.prior.eventShape.length !== 1 || this.posterior.eventShape.join() !== `${latentSize!}`)
      throw new ShapeError(
        'VAE: prior and posterior must be laws of the same vectors [L], ' +
          `got events [${this.prior.eventShape.join(', ')}] and [${this.posterior.eventShape.join(', ')}].`,
      );
    this.latentSize = latentSize!;
    this.contextSize = this.roomForContext();
  }

  override get reparameterised(): boolean {
    return this.prior.reparameterised && this.likelihood.reparameterised;
  }

  posteriorAt(x: Tensor, context?: Tensor): Distribution {
    this.checkContext(context);
    checkEvent('VAE', x, this.eventShape);
    const batch = x.shape.slice(0, x.rank - this.eventShape.length);
    return at(
      this.posterior,
      tf.reshape(x, [...batch, tf.util.sizeFromShape([...this.eventShape])]),
      context,
    );
  }

  likelihoodAt(z: Tensor, context?: Tensor): Distribution {
    this.checkContext(context);
    checkEvent('VAE', z, [this.latentSize]);
    return at(this.likelihood, z, context);
  }

  priorAt(context?: Tensor): Distribution {
    this.checkContext(context);
    return this.prior.contextSize === 0 ? this.prior : given(this.prior, context!);
  }

  /** @throws OptionError always: log p(x) is an integral, which `loss` bounds and `logLikelihood` estimates */
  override logProb(): Tensor {
    throw new OptionError(
      'VAE: log p(x) is an integral over z. Take loss, a bound of it, or logLikelihood, which estimates it by draws.',
    );
  }

  /** The objective's loss, nats per example. */
  override loss(batch: Batch, key: Key): Tensor {
    return tf.tidy(() => this.objective.loss(this, batch, key));
  }

  /** Tells the three laws and the objective; true where one of them changes the loss. */
  endOfEpoch(report: EpochReport): boolean {
    const laws: readonly Learner[] = [this.prior, this.likelihood, this.posterior];
    const changed = laws.map((law) => law.endOfEpoch?.(report));
    return [...changed, this.objective.endOfEpoch?.(report)].includes(true);
  }

  /**
   * Draws of x from z ~ p(z), x ~ p(x | z).
   *
   * @param shape draws for each row of the context; one by default
   * @param context shape `[...contextBatch, C]`
   * @returns shape `[...shape, ...contextBatch, ...event]`
   */
  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    return tf.tidy(() => {
      const [forZ, forX] = key.split(2);
      const rows = this.prior.contextSize === 0 ? (context?.shape.slice(0, -1) ?? []) : [];
      const z = this.priorAt(context).sample(forZ, [...shape, ...rows]);
      return this.likelihoodAt(z, context).sample(forX);
    });
  }

  /**
   * The mean of p(x | z) at a draw z ~ q(z | x).
   *
   * @param x shape `[...batch, ...event]`
   * @returns the shape of x
   * @throws OptionError where the likelihood has no mean in closed form
   */
  reconstruct(key: Key, x: Tensor, context?: Tensor): Tensor {
    return tf.tidy(() => {
      const law = this.likelihoodAt(this.posteriorAt(x, context).sample(key), context);
      if (law.mean === undefined)
        throw new OptionError('VAE: the likelihood has no mean in closed form; take draws of it.');
      return law.mean();
    });
  }

  /** C, the same for all laws that have room for a context. */
  private roomForContext(): number {
    const rooms = {
      prior: this.prior.contextSize,
      likelihood: this.likelihood.contextSize - this.latentSize,
      posterior: this.posterior.contextSize - tf.util.sizeFromShape([...this.eventShape]),
    };
    const size = Math.max(...Object.values(rooms));
    if (Object.values(rooms).some((room) => room !== 0 && room !== size))
      throw new ShapeError(
        'VAE: beside what it is of, z of the likelihood and x of the posterior, each law reads nothing or a context as long ' +
          'as that of the others; the numbers left for it are ' +
          `${Object.entries(rooms)
            .map(([name, room]) => `${room} (${name})`)
            .join(', ')}.`,
      );
    return size;
  }

  private checkContext(context: Tensor | undefined): void {
    if (this.contextSize === 0 && context !== undefined)
      throw new ShapeError('VAE: no part of this model reads a context, got one.');
    if (this.contextSize > 0 && context === undefined)
      throw new ShapeError(
        `VAE: a context of shape [..., ${this.contextSize}] is needed, got none.`,
      );
    if (context !== undefined) checkEvent('VAE: context', context, [this.contextSize]);
  }
}

/** A law at its own input, and the context behind it where there is room. */
function at(law: Distribution, input: Tensor, context: Tensor | undefined): Distribution {
  if (context === undefined || law.contextSize === input.shape.at(-1)) return given(law, input);
  // Draws stand before the rows that share a context.
  const batch = input.shape.slice(0, -1);
  if (broadcastShapes('VAE: context', batch, context.shape.slice(0, -1)).join() !== batch.join())
    throw new ShapeError(
      `VAE: a context for each row is needed, or one for all; got [${context.shape.join(', ')}] for rows [${batch.join(', ')}].`,
    );
  const rows = tf.broadcastTo(context, [...batch, context.shape.at(-1)!]);
  return given(law, tf.concat([input, rows], -1));
}
