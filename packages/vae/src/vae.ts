import { conditional, standardNormal } from '@pushforward/distributions';
import { checkCount, checkOptions, type Key, OptionError } from '@pushforward/tensors';
import type { Objective, Posterior, Prior } from './contracts.js';
import { isNormal } from './divergence.js';
import { exampleOf, type Family } from './family.js';
import { VAE } from './model.js';
import type { NetworkBuilder } from './networks/builder.js';
import { perceptron } from './networks/perceptron.js';
import { elbo } from './objectives/elbo.js';
import { diagonalNormal } from './posteriors/normal.js';

/** Options of {@link vae}. */
export interface VAEOptions {
  /** What x is like given z: a family such as `bernoulli(784)`. */
  readonly likelihood: Family;
  /** L: numbers per latent vector, of a diagonal normal posterior. */
  readonly latent?: number;
  /** What z is like given x, in place of `latent`: a family such as `fullNormal(20)`. */
  readonly posterior?: Family;
  /** p(z); N(0, I) by default. One that is made of the posterior, such as a VampPrior, is a function of it. */
  readonly prior?: Prior | ((posterior: Posterior) => Prior);
  /** From x, or x and c, to numbers that select a posterior; {@link perceptron} of two layers of 256 by default. */
  readonly encoder?: NetworkBuilder;
  /** From z, or z and c, to numbers that select a law of x; as the encoder by default. */
  readonly decoder?: NetworkBuilder;
  /** C: numbers of the observed context, which encoder and decoder read; 0 by default. */
  readonly context?: number;
  /**
   * What training minimises; the evidence lower bound by default, with path derivatives where posteriors are normal
   * laws.
   */
  readonly objective?: Objective;
}

/** The names of all {@link VAEOptions}. */
const known = [
  'likelihood',
  'latent',
  'posterior',
  'prior',
  'encoder',
  'decoder',
  'context',
  'objective',
] as const satisfies readonly (keyof VAEOptions)[];

/**
 * A variational auto-encoder of the usual kind: an encoder that selects posteriors, a decoder that selects laws of x.
 *
 * With the defaults it follows the design rules of Berger's thesis: a linear path through each network, last layers
 * that start at zero, so that q starts as p = N(0, I), path derivatives, and less momentum than usual where `fit` trains
 * it. A posterior of choices, such as `bernoulli(20)`, asks for an objective that goes with it: `leaveOneOut` or
 * `wakeSleep`.
 *
 * Source: Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section 4.2.4.
 *
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or do not go
 * together
 *
 * @example
 * ```ts
 * import { Key } from '@pushforward/tensors';
 * import { bernoulli, perceptron, vae } from '@pushforward/vae';
 * const model = vae(Key.from(1), {
 *   likelihood: bernoulli(64),
 *   latent: 4,
 *   encoder: perceptron([32]),
 *   decoder: perceptron([32]),
 * });
 * const x = model.sample(Key.from(2), [10]); // [10, 64]
 * const loss = model.loss({ x }, Key.from(3)); // nats per example
 * ```
 */
export function vae(key: Key, options: VAEOptions): VAE {
  checkOptions('vae', options, known);
  const { likelihood, latent, context = 0 } = options;
  const { encoder = perceptron([256, 256]), decoder = perceptron([256, 256]) } = options;
  checkCount('vae', 'context', context, 0);
  if ((latent === undefined) === (options.posterior === undefined))
    throw new OptionError("vae: either 'latent' or 'posterior' is needed, and not both.");
  const family = options.posterior ?? diagonalNormal(latent!);
  const [forEncoder, forDecoder] = key.split(2);
  const size = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1);
  const posterior = conditional(
    encoder(forEncoder, {
      inputs: size(likelihood.eventShape) + context,
      outputs: family.parameterCount,
    }),
    family,
  );
  const latents = size(family.eventShape);
  const { prior = standardNormal([latents]) } = options;
  return new VAE({
    prior: typeof prior === 'function' ? prior(posterior) : prior,
    likelihood: conditional(
      decoder(forDecoder, { inputs: latents + context, outputs: likelihood.parameterCount }),
      likelihood,
    ),
    posterior,
    // Of other laws a density at a given z may take an inverse, or say nothing.
    objective: options.objective ?? elbo({ pathDerivative: exampleOf(family, isNormal) }),
    // Two networks change the loss for each other, so that old gradients mislead.
    adam: { beta1: 0.5, beta2: 0.9 },
  });
}
