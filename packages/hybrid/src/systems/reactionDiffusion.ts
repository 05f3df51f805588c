import { checkAbove, checkCount, checkOptions } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Expert, expert } from '../expert.js';
import { periodicLaplacian } from './periodicLaplacian.js';
import { type Ranges, withRanges } from './ranges.js';

/** Options of {@link reactionDiffusion}. */
export interface ReactionDiffusionOptions {
  /** Whether the reaction is known of, with its parameter k; false by default. */
  readonly complete?: boolean;
  /** n of the n x n cells; 32 by default. */
  readonly size?: number;
  /** Width of a cell; 2 / 32 by default. */
  readonly spacing?: number;
  /** Ranges in place of the defaults. */
  readonly ranges?: Ranges<'a' | 'b' | 'k'>;
}

/**
 * Diffusion of two substances on a periodic square, u' = a Lap u, v' = b Lap v, and where their reaction is known of
 * + u - u^3 - k - v and + u - v: FitzHugh and Nagumo's equations.
 *
 * State: concentrations `u` and `v`, each an n x n grid. Parameters: diffusion coefficients `a`, in [5e-4, 5e-3], and `b`, in
 * [5e-4, 1e-2], areas per unit of time, and `k`, in [0, 0.1].
 *
 * Source: Yin et al., "Augmenting physical models with deep networks for complex dynamics forecasting", arXiv:2010.04456,
 * section 4; Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, eq. 7.8.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function reactionDiffusion(options: ReactionDiffusionOptions = {}): Expert {
  checkOptions('reactionDiffusion', options, ['complete', 'size', 'spacing', 'ranges']);
  const { size = 32, spacing = 2 / 32 } = options;
  checkCount('reactionDiffusion', 'size', size, 3);
  checkAbove('reactionDiffusion', 'spacing', spacing, 0);
  const a = { min: 5e-4, max: 5e-3 };
  const b = { min: 5e-4, max: 1e-2 };
  const k = { min: 0, max: 0.1 };
  const [state, grid] = [['u', 'v'] as const, [size, size]];
  const spread = (x: tf.Tensor, coefficient: tf.Tensor) =>
    tf.mul(coefficient, periodicLaplacian(x, spacing));
  if (options.complete)
    return expert({
      parameters: withRanges('reactionDiffusion', { a, b, k }, options.ranges),
      state,
      grid,
      field: (_, { u, v }, { a, b, k }) => ({
        u: tf.add(spread(u, a), tf.sub(tf.mul(u, tf.sub(1, tf.square(u))), tf.add(k, v))),
        v: tf.add(spread(v, b), tf.sub(u, v)),
      }),
    });
  return expert({
    parameters: withRanges('reactionDiffusion', { a, b }, options.ranges),
    state,
    grid,
    field: (_, { u, v }, { a, b }) => ({ u: spread(u, a), v: spread(v, b) }),
  });
}
