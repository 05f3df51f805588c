import type { Distribution } from '@pushforward/distributions';
import {
  type Batch,
  checkOptions,
  detach,
  type Key,
  type Learner,
  Module,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { ParameterLaw } from './data/simulatedSystem.js';
import type { Expert } from './expert.js';
import { uniformOver } from './laws/bounded.js';
import type { HybridModel } from './model.js';
import type { HybridPosterior } from './posteriors/hybridPosterior.js';

/** Options of {@link expertAugmentation}. */
export interface ExpertAugmentationOptions {
  /**
   * The law that parameters are drawn from, which is to cover those that the model will meet: ends of uniform laws by name, or a law
   * of vectors `[K]` within the expert's ranges. All of these ranges by default.
   */
  readonly parameters?: ParameterLaw | Distribution;
  /** Where z_a is drawn from: the posteriors of the data, by default, or the prior. */
  readonly learned?: 'posterior' | 'prior';
  /**
   * How much it counts to tell the parameters that were drawn; 1 by default, which goes with bounds in nats. Where errors count
   * lambda times, as in `aphynity`, take as much.
   */
  readonly supervision?: number;
  /** Whether the data themselves are learned from beside; true by default. */
  readonly combined?: boolean;
}

/** Options that are filled in. */
type Settings = Required<Omit<ExpertAugmentationOptions, 'parameters'>>;

/** The encoder of a model that learns from what its decoder says of other parameters. */
class ExpertAugmentation extends Module implements Learner {
  /** What is trained; the rest of the model stays as it is. */
  readonly posterior: HybridPosterior;

  constructor(
    /** Kept out of reach of those who look for weights: the decoder is frozen. */
    private readonly model: () => HybridModel,
    private readonly drawParameters: (key: Key, n: number) => Tensor,
    private readonly settings: Settings,
  ) {
    super();
    this.posterior = model().posterior;
  }

  loss(batch: Batch, key: Key): Tensor {
    const [model, { supervision, combined }] = [this.model(), this.settings];
    return tf.tidy(() => {
      const [forDraws, forLoss, forSupervision] = key.split(3);
      const { x, ze } = this.draw(batch, forDraws);
      const context = batch.context!;
      const read = tf.concat([tf.reshape(x, [x.shape[0], -1]), context], 1);
      const told = tf.mean(this.posterior.supervise(forSupervision, ze, read));
      if (!combined) return tf.add(model.loss({ x, context }, forLoss), tf.mul(supervision, told));
      // Both losses at once: the mean over twice as many trajectories is that of the two.
      const both = { x: tf.concat([batch.x, x], 0), context: tf.tile(context, [2, 1]) };
      return tf.add(model.loss(both, forLoss), tf.mul(supervision / 2, told));
    });
  }

  /** New trajectories from the starts of a batch, and the parameters that they are of. */
  private draw({ x, context }: Batch, key: Key): { x: Tensor; ze: Tensor } {
    const model = this.model();
    const [forExpert, forLearned, forNoise] = key.split(3);
    const n = x.shape[0];
    const count = model.expert.names.length;
    const ze = this.drawParameters(forExpert, n);
    const whole =
      this.settings.learned === 'prior'
        ? model.priorAt(context).sample(forLearned, [n])
        : model.posteriorAt(x, context).sample(forLearned);
    const za = tf.slice(whole, [0, count], [n, model.decoder.latent]);
    const z = tf.concat([ze, za], 1);
    return { x: detach(model.likelihoodAt(z, context).sample(forNoise)), ze };
  }
}

/**
 * Expert augmentation: fine-tunes the encoder of a hybrid model on trajectories that its own decoder, frozen, tells of parameters
 * that the data did not have. `fit` trains what this returns, on the data that the model was trained on; the model's encoder is
 * then that of a wider range, and everything else of it is as before. In each step there are new draws.
 *
 * The loss is l(y) + l(y') - log q(z_e' | x, y'), halved, with l the model's own loss, z_e' from the wider law, z_a from the
 * posteriors of the data, and y' ~ p(y | x, z_e', z_a): the noise must have been learned, or set by `calibrate`.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.3.1.
 *
 * @throws OptionError for options or parameters that are unknown, ShapeError for a law of other vectors
 *
 * @example
 * ```ts
 * import { dampedPendulums, expertAugmentation, hybrid } from '@pushforward/hybrid';
 * import { Key } from '@pushforward/tensors';
 * const system = dampedPendulums();
 * const data = system.draw(Key.from(1), 4).until(6);
 * const model = hybrid(Key.from(2), { expert: system.expert, times: data.times });
 * // fit(model, { train: data }, ...), and then fit(augmented, { train: data }, ...)
 * const augmented = expertAugmentation(model, { parameters: { omega0: [0.5, 3.5] } });
 * augmented.loss(data.batch(), Key.from(3)).rank; // 0
 * ```
 */
export function expertAugmentation(
  model: HybridModel,
  options: ExpertAugmentationOptions = {},
): Learner {
  checkOptions('expertAugmentation', options, ['parameters', 'learned', 'supervision', 'combined']);
  const { learned = 'posterior', supervision = 1, combined = true } = options;
  if (!['posterior', 'prior'].includes(learned))
    throw new OptionError(
      `expertAugmentation: learned must be 'posterior' or 'prior', got '${learned}'.`,
    );
  const law = lawOf(model.expert, options.parameters);
  return new ExpertAugmentation(
    () => model,
    (key, n) => law.sample(key, [n]),
    { learned, supervision, combined },
  );
}

function lawOf(expert: Expert, parameters: ExpertAugmentationOptions['parameters']): Distribution {
  if (parameters === undefined) return uniformOver(expert);
  if (!(parameters instanceof Module)) {
    const ends = Object.entries(parameters);
    const [low, high] = [0, 1].map((end) =>
      expert.ordered(Object.fromEntries(ends.map(([name, law]) => [name, law[end]!]))),
    );
    return uniformOver({ low: low!, high: high! });
  }
  if (parameters.eventShape.join() !== `${expert.names.length}`)
    throw new ShapeError(
      `expertAugmentation: a law of vectors [${expert.names.length}] is needed, got events [${parameters.eventShape.join(', ')}].`,
    );
  return parameters;
}
