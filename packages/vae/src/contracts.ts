import type { Distribution } from '@pushforward/distributions';
import { type Batch, type EpochReport, type Key, Module, type Tensor } from '@pushforward/tensors';

/**
 * p(x | z) or p(x | z, c): a conditional law whose context is z, or z and c behind it.
 *
 * Its `loss` is the mean of -log p, or of an upper bound of it that its key estimates.
 */
export type Likelihood = Distribution;

/** q(z | x) or q(z | x, c): a conditional law whose context is x, flattened, or x and c behind it. */
export type Posterior = Distribution;

/**
 * p(z), or p(z | c) where it takes a context.
 *
 * Its `loss` is the mean of -log p, or of an upper bound of it that its key estimates, as diffusion models have one.
 */
export type Prior = Distribution;

/** What an objective sees of a model: its three laws, each at what it is conditioned on. */
export interface LatentVariableModel extends Module {
  /** q(z | x, c): x `[...batch, ...event]` and c `[...batch, C]` -> a law of batch shape `[...batch]`. */
  posteriorAt(x: Tensor, context?: Tensor): Distribution;
  /** p(x | z, c): z `[...batch, L]` and c `[...batch, C]` -> a law of batch shape `[...batch]`. */
  likelihoodAt(z: Tensor, context?: Tensor): Distribution;
  /** p(z | c): of batch shape `[...batch]`, or `[]` where the prior takes no context. */
  priorAt(context?: Tensor): Distribution;
}

/** Makes of a model the loss that training minimises. */
export abstract class Objective extends Module {
  /**
   * The mean over a batch, in nats per example: a bound of -log p(x) with all its constants, unless the objective says
   * that it weighs its terms otherwise.
   *
   * @param batch x `[B, ...event]`, and the context `[B, C]` of a conditional model
   */
  abstract loss(model: LatentVariableModel, batch: Batch, key: Key): Tensor;

  /** As of a learner: true where the loss is another one from here on. */
  endOfEpoch?(report: EpochReport): unknown;
}
