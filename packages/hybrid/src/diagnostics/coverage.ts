import { checkCount, checkOptions, DataError, DomainError, type Key } from '@pushforward/tensors';
import type { Trajectories } from '../data/trajectories.js';
import type { HybridModel } from '../model.js';
import { centralInterval, mean, parameterDraws } from './draws.js';

/** Options of {@link coverage}. */
export interface CoverageOptions {
  /** Shares of the posterior that intervals hold, in (0, 1); 0.5, 0.8 and 0.95 by default. */
  readonly levels?: readonly number[];
  /** Draws for each trajectory; 200 by default. */
  readonly draws?: number;
}

/** How often intervals of one share hold what is true. */
export interface CoverageAtLevel {
  /** Share of the posterior that the intervals hold. */
  readonly level: number;
  /** Share of trajectories whose true parameter they hold, by name: that of the level where posteriors are right. */
  readonly covered: Readonly<Record<string, number>>;
  /** What such a share of so many trajectories is off by, by chance: its standard error at the level. */
  readonly standardError: number;
}

/**
 * Whether credible intervals of the expert's parameters are as wide as they should be: how often the middle share of the posterior holds
 * the parameter that the data were made with.
 *
 * @param data trajectories of the length of training, with known parameters
 * @throws DataError where no parameter of the expert is known of the data
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function coverage(
  model: HybridModel,
  key: Key,
  data: Trajectories,
  options: CoverageOptions = {},
): CoverageAtLevel[] {
  checkOptions('coverage', options, ['levels', 'draws']);
  const { levels = [0.5, 0.8, 0.95], draws = 200 } = options;
  checkCount('coverage', 'draws', draws, 2);
  const names = model.expert.names.filter((name) => name in data.parameters);
  if (names.length === 0)
    throw new DataError(`coverage: of ${model.expert.names.join(', ')} none is known of the data.`);
  const observed = data.batch();
  const drawn = parameterDraws(model, key, observed, draws);
  for (const tensor of Object.values(observed)) tensor?.dispose();
  return levels.map((level) => {
    if (!(level > 0 && level < 1))
      throw new DomainError(`coverage: levels must be in (0, 1), got ${level}.`);
    const share = (name: string) => {
      const truth = data.parameters[name]!;
      const held = Array.from(truth, (value, i) => {
        const [low, high] = centralInterval(
          drawn[name]!.map((row) => row[i]!),
          level,
        );
        return Number(value >= low && value <= high);
      });
      return mean(held);
    };
    return {
      level,
      covered: Object.fromEntries(names.map((name) => [name, share(name)])),
      standardError: Math.sqrt((level * (1 - level)) / data.length),
    };
  });
}
