import { type Distribution, Independent, Mixture } from '@pushforward/distributions';
import { checkCount, checkOptions, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Family } from '../family.js';
import { DiscretisedLogistic } from '../laws/discretisedLogistic.js';
import { checkScale, scaleOf } from '../scale.js';
import { perNumber } from './perNumber.js';

/** Options of {@link discretisedLogistic}. */
export interface DiscretisedLogisticOptions {
  /** Levels of a number, 0 to 1 in equal steps; 256 by default. */
  readonly levels?: number;
  /** Logistic laws mixed for each number; 1 by default. */
  readonly components?: number;
  /** The scale to start from; 0.25 by default. */
  readonly scale?: number;
  /** A bound below the scales; a tenth of a step between levels by default, which puts all of a law on one level. */
  readonly floor?: number;
}

/** Independent mixtures of discretised logistic laws. */
class Grey extends Family {
  override readonly independent = true;
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(
    features: number,
    private readonly options: Required<DiscretisedLogisticOptions>,
  ) {
    super();
    this.eventShape = [features];
    this.parameterCount = features * options.components * (options.components > 1 ? 3 : 2);
  }

  override law(parameters: Tensor): Distribution {
    const { levels, components, scale, floor } = this.options;
    const [middle, raw, logits] = perNumber(
      parameters,
      this.eventShape[0]!,
      components > 1 ? 3 : 2,
    );
    // Components start side by side: alike, they would stay so.
    const middles = tf.div(tf.add(tf.range(0, components), 0.5), components);
    const loc = tf.add(middle!, middles);
    const scales = scaleOf(raw!, { start: scale, floor });
    if (logits === undefined) {
      const one = new DiscretisedLogistic(tf.squeeze(loc, [-1]), tf.squeeze(scales, [-1]), levels);
      return new Independent(one, 1);
    }
    return new Independent(new Mixture(logits, new DiscretisedLogistic(loc, scales, levels)), 1);
  }
}

/**
 * Independent grey values 0, 1 / (N - 1), .. 1 by {@link DiscretisedLogistic} laws, or mixtures of them: for each the
 * components' locations, scales before their softplus, and, of a mixture, logits.
 *
 * @param features D
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function discretisedLogistic(
  features: number,
  options: DiscretisedLogisticOptions = {},
): Family {
  const where = 'discretisedLogistic';
  checkOptions(where, options, ['levels', 'components', 'scale', 'floor']);
  const { levels = 256, components = 1, scale = 0.25, floor = 0.1 / (levels - 1) } = options;
  checkCount(where, 'features', features, 1);
  checkCount(where, 'levels', levels, 2);
  checkCount(where, 'components', components, 1);
  checkScale(where, { start: scale, floor });
  return new Grey(features, { levels, components, scale, floor });
}
