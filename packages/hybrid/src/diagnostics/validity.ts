import { type Batch, checkCount, checkOptions, type Key } from '@pushforward/tensors';
import type { HybridModel } from '../model.js';
import { centralInterval, mean, parameterDraws } from './draws.js';

/** Options of {@link rangeOfValidity}. */
export interface RangeOfValidityOptions {
  /** Draws for each trajectory; 100 by default. */
  readonly draws?: number;
}

/** Where one parameter is, beside where it has been in training. */
export interface ParameterValidity {
  /** The middle 99 in a hundred draws of training data. */
  readonly trained: readonly [low: number, high: number];
  /** Share of draws beyond those. */
  readonly outside: number;
  /** Share of draws within a hundredth of the range from its ends, where the expert says no more. */
  readonly atBounds: number;
}

/**
 * Whether parameters of new trajectories are such as a model has been trained on. Beyond them an encoder extrapolates, unless it has
 * been augmented, and at the ends of the expert's range the range is too short, or the model wrong.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, sections 7.3 and 7.6.
 *
 * @param training trajectories that the model was trained on
 * @param observed others of the same length
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function rangeOfValidity(
  model: HybridModel,
  key: Key,
  training: Batch,
  observed: Batch,
  options: RangeOfValidityOptions = {},
): Record<string, ParameterValidity> {
  checkOptions('rangeOfValidity', options, ['draws']);
  const { draws = 100 } = options;
  checkCount('rangeOfValidity', 'draws', draws, 1);
  const [forTraining, forObserved] = key.split(2);
  const seen = parameterDraws(model, forTraining, training, draws);
  const now = parameterDraws(model, forObserved, observed, draws);
  const { names, low, high } = model.expert;
  return Object.fromEntries(
    names.map((name, i) => {
      const trained = centralInterval(seen[name]!.flat(), 0.99);
      const values = now[name]!.flat();
      const margin = (high[i]! - low[i]!) / 100;
      const share = (is: (value: number) => boolean) => mean(values.map((it) => Number(is(it))));
      return [
        name,
        {
          trained,
          outside: share((value) => value < trained[0] || value > trained[1]),
          atBounds: share((value) => value < low[i]! + margin || value > high[i]! - margin),
        },
      ];
    }),
  );
}
