import {
  type Batch,
  checkAbove,
  checkOptions,
  detach,
  type Key,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import { type LatentVariableModel, Objective } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { uniformOver } from '../laws/bounded.js';
import type { HybridModel } from '../model.js';
import { FilteredPosterior } from '../posteriors/filtered.js';
import { hybridOf } from './hybridOf.js';

/** Options of {@link hvae}: weights, all >= 0. */
export interface HvaeOptions {
  /** alpha, of R_PPC: generated data are to be like those of the expert alone; 0.01 by default. */
  readonly alpha?: number;
  /** beta, of R_DA1: filtered trajectories are to be like the expert's; 0.01 by default. */
  readonly beta?: number;
  /** gamma, of R_DA2: parameters are to be read rightly from the expert's own trajectories; 1 by default. */
  readonly gamma?: number;
  /** Of the least action of what is learned, |F_a|^2, or |y - y_e|^2 of a decoder that is not additive; 0 by default. */
  readonly leastAction?: number;
}

/** The evidence lower bound and the three terms. */
class Hvae extends Objective {
  constructor(private readonly weights: Required<HvaeOptions>) {
    super();
  }

  override loss(model: LatentVariableModel, { x, context }: Batch, key: Key): Tensor {
    const hybrid = hybridOf('hvae', model);
    const { alpha, beta, gamma, leastAction } = this.weights;
    return tf.tidy(() => {
      const [forZ, forParameters] = key.split(2);
      const read = tf.concat([tf.reshape(x, [x.shape[0], -1]), context!], 1);
      const [z, logQ] = hybrid.posteriorAt(x, context).sampleAndLogProb(forZ);
      const y = hybrid.decoder.respond(z, context!);
      const law = hybrid.noise.law(flat(y));
      const divergence = tf.mean(tf.sub(logQ, hybrid.priorAt(context).logProb(z)));
      const terms = [tf.sub(divergence, tf.mean(law.logProb(x)))];

      const isFiltering = beta > 0 || gamma > 0;
      const ye = alpha > 0 || beta > 0 ? hybrid.decoder.expertResponse(z, context!) : undefined;
      if (alpha > 0) {
        const apart = tf.square(tf.div(tf.sub(y, ye!), hybrid.noise.scale()));
        const perTrajectory = tf.mul(0.5, tf.sum(flat(apart), 1));
        terms.push(tf.mul(alpha, tf.add(tf.mean(perTrajectory), divergence)));
      }
      if (isFiltering) {
        const posterior = filterOf(hybrid);
        const za = tf.slice(z, [0, hybrid.expert.names.length], [-1, hybrid.decoder.latent]);
        if (beta > 0) {
          const off = tf.sub(posterior.filtered(za, read), detach(flat(ye!)));
          terms.push(tf.mul(beta, tf.mean(tf.sum(tf.square(off), 1))));
        }
        if (gamma > 0)
          terms.push(tf.mul(gamma, this.misread(hybrid, posterior, forParameters, read, context!)));
      }
      if (leastAction > 0) terms.push(tf.mul(leastAction, hybrid.decoder.distance(z, context!, x)));
      return tf.addN(terms);
    });
  }

  /** E |read(y_e(z_e)) - z_e|^2 over parameters anywhere in their ranges, each in units of its range. */
  private misread(
    { expert, decoder }: HybridModel,
    posterior: FilteredPosterior,
    key: Key,
    read: Tensor,
    context: Tensor,
  ): Tensor {
    const ze = uniformOver(expert).sample(key, [read.shape[0]]);
    const widths = expert.high.map((high, i) => high - expert.low[i]!);
    const told = posterior.read(detach(flat(decoder.expertResponse(ze, context))), read);
    return tf.mean(tf.sum(tf.square(tf.div(tf.sub(told, ze), widths)), 1));
  }
}

/** Trajectories as rows. */
function flat(y: Tensor): Tensor {
  return tf.reshape(y, [y.shape[0], -1]);
}

function filterOf({ posterior }: HybridModel): FilteredPosterior {
  if (!(posterior instanceof FilteredPosterior))
    throw new OptionError(
      "hvae: beta and gamma are for posteriors that filter; give the option 'filter' of hybrid, or set both to 0.",
    );
  return posterior;
}

/**
 * The physics-integrated (hybrid) variational auto-encoder: the negative evidence lower bound, in nats, and regularisers that make
 * the model rely on its expert,
 *
 * R_PPC = E_q[KL(p(y | x, z_e, z_a) || p(y_e | x, z_e))] + KL(q(z_e, z_a | y, x) || p(z_e, z_a)),
 * R_DA1 = E_q |filtered(y, z_a) - y_e|^2, of which the filter and q(z_a) learn, while y_e is taken as given,
 * R_DA2 = E |read(y_e(z_e)) - z_e|^2 over parameters z_e from all of their ranges, of which they are the units; the second network
 * alone learns of it.
 *
 * Divergences are estimated at draws, as the prior of z_e is no normal law.
 *
 * Source: Takeishi and Kalousis, "Physics-integrated variational autoencoders for robust and interpretable generative modeling",
 * arXiv:2102.13156, section 3; Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, eq. 7.4.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { dampedPendulums, hvae, hybrid } from '@pushforward/hybrid';
 * import { Key } from '@pushforward/tensors';
 * import { perceptron } from '@pushforward/vae';
 * const system = dampedPendulums();
 * const data = system.draw(Key.from(1), 4).until(6);
 * const model = hybrid(Key.from(2), {
 *   expert: system.expert,
 *   times: data.times,
 *   encoder: perceptron([32]),
 *   filter: perceptron([32]),
 *   objective: hvae(),
 * });
 * model.loss(data.batch(), Key.from(3)).rank; // 0
 * ```
 */
export function hvae(options: HvaeOptions = {}): Objective {
  checkOptions('hvae', options, ['alpha', 'beta', 'gamma', 'leastAction']);
  const { alpha = 0.01, beta = 0.01, gamma = 1, leastAction = 0 } = options;
  const weights = { alpha, beta, gamma, leastAction };
  for (const [name, weight] of Object.entries(weights))
    if (weight !== 0) checkAbove('hvae', name, weight, 0);
  return new Hvae(weights);
}
