import { conditional, type Distribution, standardNormal } from '@pushforward/distributions';
import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  OptionError,
} from '@pushforward/tensors';
import { diagonalNormal, elbo, type NetworkBuilder, type Objective } from '@pushforward/vae';
import { AdditiveDecoder, defaultRemainder, type RemainderBuilder } from './decoders/additive.js';
import type { HybridDecoder } from './decoders/decoder.js';
import { GeneralDecoder } from './decoders/general.js';
import type { EncoderBuilder } from './encoders/encoderBuilder.js';
import { recurrentEncoder } from './encoders/recurrentEncoder.js';
import type { Expert } from './expert.js';
import { uniformOver } from './laws/bounded.js';
import { JointLaw } from './laws/jointLaw.js';
import { TrajectoryNormal } from './laws/trajectoryNormal.js';
import { HybridModel } from './model.js';
import { Observation, type ObservationOptions, observationOptions } from './observation.js';
import { AmortisedPosterior, type FamilyOf, familiesOf } from './posteriors/amortised.js';
import { FilteredPosterior } from './posteriors/filtered.js';
import type { HybridPosterior } from './posteriors/hybridPosterior.js';
import { defaultSolver, type Solver } from './solve.js';

/** Options of {@link hybrid}. */
export interface HybridOptions extends ObservationOptions {
  /** What is known. */
  readonly expert: Expert;
  /** When states are seen in training, increasing, the past included. */
  readonly times: readonly number[];
  /** A: numbers z_a that tell systems apart beside the expert's parameters; 1 by default, 0 for none. */
  readonly latent?: number;
  /** F_a, what is missing in the expert's slope; a perceptron of two layers of 64 by default, which starts at zero. */
  readonly remainder?: RemainderBuilder;
  /** In place of a remainder: a network of y_e, z_a and x, which is added to y_e. */
  readonly correction?: NetworkBuilder;
  /** From y and x to numbers that select a posterior; {@link recurrentEncoder} by default. */
  readonly encoder?: EncoderBuilder;
  /**
   * Posteriors of z_e, before it is brought into its ranges, and of z_a: normal laws of independent numbers by default, `dirac` for
   * certain ones.
   */
  readonly posterior?: FamilyOf;
  /**
   * Makes the encoder one of two steps, of which this network is the first: from y, x and z_a to what is added to y so that the expert
   * alone could have told it. None by default.
   */
  readonly filter?: NetworkBuilder;
  /** p(z_e); anywhere in the ranges alike by default. That of z_a is N(0, I). */
  readonly prior?: Distribution;
  /** Where the standard deviation of the noise starts; 0.1 by default. */
  readonly noise?: number;
  /** How the differential equation is solved; one step of order 4 between two times by default. */
  readonly solver?: Solver;
  /** What training minimises; the evidence lower bound by default. */
  readonly objective?: Objective;
}

/** The names of all {@link HybridOptions}. */
const known = [
  'expert',
  'times',
  'latent',
  'remainder',
  'correction',
  'encoder',
  'posterior',
  'filter',
  'prior',
  'noise',
  'solver',
  'objective',
  ...observationOptions,
] as const satisfies readonly (keyof HybridOptions)[];

/**
 * A hybrid model: an expert, a learned remainder that is added to its slope, and an encoder that finds the parameters of both in
 * trajectories.
 *
 * dy/dt = F_e(y, z_e) + F_a(y, z_a), y(t_0) = x, and what is seen is y + noise. Where not all numbers of the state are seen, a network
 * finds the others in the past.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.2.
 *
 * @throws OptionError, DomainError or ShapeError for options that are unknown, outside their domain or do not go together
 *
 * @example
 * ```ts
 * import { aphynity, dampedPendulums, dirac, hybrid } from '@pushforward/hybrid';
 * import { Key } from '@pushforward/tensors';
 * const system = dampedPendulums(); // the expert knows no friction
 * const data = system.draw(Key.from(1), 4).until(11);
 * const model = hybrid(Key.from(2), {
 *   expert: system.expert,
 *   times: data.times,
 *   posterior: dirac,
 *   objective: aphynity(),
 * });
 * model.estimate(data.batch()).omega0!.shape; // [4]
 * ```
 */
export function hybrid(key: Key, options: HybridOptions): HybridModel {
  checkOptions('hybrid', options, known);
  const { expert, times, latent = 1, noise = 0.1, solver = defaultSolver } = options;
  checkCount('hybrid', 'latent', latent, 0);
  checkAbove('hybrid', 'noise', noise, 0);
  const { observed = expert.state, past = 1, start, held = false } = options;
  if (times.length < past + 1 || times.some((t, i) => i > 0 && !(t > times[i - 1]!)))
    throw new DomainError(
      `hybrid: increasing times are needed, ${past} of the past and one or more behind it.`,
    );
  if (options.remainder !== undefined && options.correction !== undefined)
    throw new OptionError("hybrid: a 'remainder' or a 'correction' is learned, not both.");
  const [forDecoder, forEncoder, forStart] = key.split(3);
  const observation = new Observation(expert, {
    ...{ observed, past, held },
    start: start && ((sizes) => start(forStart, sizes)),
  });
  const parts = { expert, observation, times: times.slice(past - 1), latent, solver };
  const decoder =
    options.correction === undefined
      ? new AdditiveDecoder(forDecoder, options.remainder ?? defaultRemainder, parts)
      : new GeneralDecoder(forDecoder, options.correction, parts);
  const { prior = uniformOver(expert) } = options;
  return new HybridModel({
    prior: new JointLaw(latent === 0 ? [prior] : [prior, standardNormal([latent])]),
    decoder,
    noise: new TrajectoryNormal(decoder.responseShape, noise),
    posterior: posteriorOf(forEncoder, decoder, options),
    objective: options.objective ?? elbo(),
  });
}

function posteriorOf(key: Key, decoder: HybridDecoder, options: HybridOptions): HybridPosterior {
  const { encoder = recurrentEncoder(), posterior: family = diagonalNormal, filter } = options;
  const { expert, observation, latent, outputs: trajectory } = decoder;
  const families = familiesOf(expert, latent, family);
  const inputs = trajectory + decoder.inputs - decoder.latentSize;
  const layout = {
    steps: decoder.times.length - 1,
    past: observation.past,
    stateShape: observation.shape,
    inputCount: expert.inputs.length,
  };
  const build = (key: Key, outputs: number) => encoder(key, { inputs, outputs }, layout);
  const { expert: ofExpert, learned } = families;
  if (filter === undefined)
    return new AmortisedPosterior(
      build(key, ofExpert.parameterCount + (learned?.parameterCount ?? 0)),
      families,
    );
  if (learned === undefined)
    throw new OptionError("hybrid: a 'filter' needs learned numbers z_a, latent is 0.");
  const [forLearned, forFilter, forReader] = key.split(3);
  return new FilteredPosterior({
    learned: conditional(build(forLearned, learned.parameterCount), learned),
    filter: filter(forFilter, { inputs: inputs + latent, outputs: trajectory }),
    reader: build(forReader, ofExpert.parameterCount),
    family: ofExpert,
  });
}
