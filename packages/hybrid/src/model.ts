import { conditional, type Distribution } from '@pushforward/distributions';
import { type Batch, checkCount, checkOptions, type Key, type Tensor } from '@pushforward/tensors';
import { type Objective, VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import type { HybridDecoder } from './decoders/decoder.js';
import type { Expert, Named } from './expert.js';
import type { TrajectoryNormal } from './laws/trajectoryNormal.js';
import type { HybridPosterior } from './posteriors/hybridPosterior.js';

/** What a {@link HybridModel} is made of. */
export interface HybridParts {
  /** p(z_e, z_a). */
  readonly prior: Distribution;
  /** From z and the context to the trajectory without noise. */
  readonly decoder: HybridDecoder;
  /** What is seen of it. */
  readonly noise: TrajectoryNormal;
  /** q(z_e, z_a | y, x). */
  readonly posterior: HybridPosterior;
  /** What training minimises. */
  readonly objective: Objective;
}

/** Options of {@link HybridModel.predict}. */
export interface PredictOptions {
  /** Where the system is to start, and what is to drive it, `[B, C]`; by default as it was observed. */
  readonly context?: Tensor;
  /** Times of the forecast, the last of the past included; those of training by default. */
  readonly times?: readonly number[];
  /** Draws for each trajectory; 1 by default. */
  readonly draws?: number;
  /** Whether they are of what would be seen, with noise; true by default. */
  readonly noise?: boolean;
}

/**
 * A variational auto-encoder whose likelihood contains an expert: p(y | x) = E p(y | x, z_e, z_a) over parameters z_e of the
 * expert and z_a of what is learned. Batches are trajectories y as `x`, `[B, T, ...grid, O]`, and as `context` x, which is
 * what was seen in the past, such as the first state, and the inputs at all times.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.2.
 */
export class HybridModel extends VAE {
  declare readonly posterior: HybridPosterior;
  /** From z and the context to the trajectory without noise. */
  readonly decoder: HybridDecoder;
  /** What is seen of it. */
  readonly noise: TrajectoryNormal;

  /** @throws ShapeError where the sizes of the parts do not fit each other */
  constructor({ prior, decoder, noise, posterior, objective }: HybridParts) {
    super({ prior, likelihood: conditional(decoder, noise), posterior, objective });
    this.decoder = decoder;
    this.noise = noise;
  }

  /** What is known. */
  get expert(): Expert {
    return this.decoder.expert;
  }

  /**
   * The expert's parameters by name, in the middle of the posterior.
   *
   * @param observed trajectories of the length of training
   * @returns of each parameter `[B]`
   * @throws OptionError for posteriors whose middle is not in closed form
   */
  estimate(observed: Batch): Named {
    return tf.tidy(() => this.expert.named(this.middle(observed)));
  }

  /**
   * Draws from the predictor p(y | x, (x_o, y_o)) = E p(y | x, z), z ~ q(z | x_o, y_o): what the observed systems do from another
   * start, or later.
   *
   * Source: Wehenkel, as above, eq. 7.1.
   *
   * @param observed trajectories of the length of training
   * @returns shape `[draws, B, T, ...grid, O]`
   * @throws OptionError where the decoder cannot go to other times
   */
  predict(key: Key, observed: Batch, options: PredictOptions = {}): Tensor {
    checkOptions('predict', options, ['context', 'times', 'draws', 'noise']);
    const { context = observed.context!, draws = 1, noise = true } = options;
    const { times = this.decoder.times } = options;
    checkCount('predict', 'draws', draws, 1);
    return tf.tidy(() => {
      const [forZ, forNoise] = key.split(2);
      const z = this.posteriorAt(observed.x, observed.context).sample(forZ, [draws]);
      const rows = tf.tile(context, [draws, 1]);
      const y = this.decoder.respond(tf.reshape(z, [-1, this.latentSize]), rows, times);
      const seen = noise ? tf.add(y, tf.mul(this.noise.scale(), forNoise.normal(y.shape))) : y;
      return tf.reshape(seen, [draws, -1, ...y.shape.slice(1)]);
    });
  }

  /**
   * The trajectory in the middle of the posterior, without noise.
   *
   * @returns shape `[B, T, ...grid, O]`
   */
  fitted(observed: Batch): Tensor {
    return tf.tidy(() => this.decoder.respond(this.middle(observed, true), observed.context!));
  }

  /**
   * Sets the noise to what the model leaves unexplained of trajectories: for each number that is seen the root mean square of
   * its residuals, which must be from a model that has been trained.
   */
  calibrate(observed: Batch): void {
    tf.tidy(() => {
      const square = tf.square(tf.sub(observed.x, this.fitted(observed)));
      const axes = square.shape.map((_, axis) => axis).slice(0, -1);
      this.noise.assign(tf.sqrt(tf.mean(square, axes)));
    });
  }

  /** z_e, or all of z, in the middle of the posterior. */
  private middle({ x, context }: Batch, all = false): Tensor {
    const flat = tf.reshape(x, [x.shape[0], -1]);
    const z = this.posterior.middle(tf.concat([flat, context!], 1));
    return all ? z : tf.slice(z, [0, 0], [-1, this.expert.names.length]);
  }
}
