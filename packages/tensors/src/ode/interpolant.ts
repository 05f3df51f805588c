import * as tf from '@tensorflow/tfjs';
import { DomainError, ShapeError } from '../errors.js';
import { clip } from '../ops/elementary.js';
import { untracked } from '../ops/gradient.js';
import { searchBins } from '../ops/select.js';
import type { Tensor } from '../types.js';

/**
 * A function of time through samples: straight lines between them, or each held until the next.
 *
 * Before the first time it is the first value, after the last the last. It may stand in a field of `odeSolve` and is recorded
 * by `compile`. It has gradients with respect to t, and to values where the engine can differentiate `tf.gather`. Times that
 * follow each other at equal intervals are found by arithmetic, others by comparing with all of them; of the former a time
 * less than a hundredth of an interval before one of the list counts as that one, where values are held.
 *
 * @param times K >= 2, increasing
 * @param values shape `[K, ...value]`; inputs of a batch are `[K, B, ...]`
 * @param kind 'linear' by default
 * @returns from t of shape `[...]` to `[..., ...value]`
 * @throws DomainError for times out of order
 * @throws ShapeError where there is not one value for each time
 *
 * @example
 * ```ts
 * import { interpolant } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const voltage = interpolant([0, 1, 3], tf.tensor1d([0, 10, 20]));
 * voltage(tf.tensor1d([0.5, 2, 7])).print(); // 5, 15, 20
 * ```
 */
export function interpolant(
  times: readonly number[],
  values: Tensor,
  kind: 'linear' | 'constant' = 'linear',
): (t: Tensor) => Tensor {
  const last = times.length - 1;
  if (last < 1 || !times.every((t, k) => Number.isFinite(t) && (k === 0 || t > times[k - 1]!)))
    throw new DomainError('interpolant: times must be two or more finite numbers that increase.');
  if (values.shape[0] !== times.length)
    throw new ShapeError(
      `interpolant: ${times.length} times want values of shape [${times.length}, ...], got [${values.shape.join(', ')}].`,
    );
  const place = evenly(times) ?? unevenly(times);
  const [, ...shape] = values.shape;
  return (t) =>
    tf.tidy(() => {
      const at = (k: Tensor) =>
        tf.reshape(tf.gather(values, tf.reshape(k, [-1])), [...t.shape, ...shape]);
      if (kind === 'constant') return at(place.held(t));
      const [before, share] = place.between(t);
      const start = at(before);
      const rise = tf.sub(at(tf.add(before, tf.scalar(1, 'int32'))), start);
      return tf.add(start, tf.mul(tf.reshape(share, [...t.shape, ...shape.map(() => 1)]), rise));
    });
}

/** Where a time lies among others. */
interface Places {
  /** The number of the last that is no later, of the first where all are. */
  readonly held: (t: Tensor) => Tensor;
  /** The number of one, and how far t is from it to the next: a share from 0 to 1. */
  readonly between: (t: Tensor) => [before: Tensor, share: Tensor];
}

/** By arithmetic, where all intervals are equal. */
function evenly(times: readonly number[]): Places | undefined {
  const first = times[0]!;
  const last = times.length - 1;
  const length = (times.at(-1)! - first) / last;
  if (times.some((t, k) => Math.abs(t - first - k * length) > 1e-6 * length)) return undefined;
  const position = (t: Tensor) => clip(tf.div(tf.sub(t, first), length), 0, last);
  const floor = (x: Tensor, most: number) => untracked(() => tf.minimum(tf.floor(x), most));
  const number = (before: Tensor) => untracked(() => tf.cast(before, 'int32'));
  return {
    // Rounding must not make a time of the list fall short of itself.
    held: (t) => number(floor(tf.add(position(t), 0.01), last)),
    between: (t) => {
      const x = position(t);
      const before = floor(x, last - 1);
      return [number(before), tf.sub(x, before)];
    },
  };
}

/** By comparing with all of them. */
function unevenly(times: readonly number[]): Places {
  const at = (times: readonly number[], k: Tensor) =>
    tf.reshape(tf.gather(tf.tensor1d([...times]), tf.reshape(k, [-1])), k.shape);
  return {
    held: (t) => untracked(() => searchBins(t, tf.tensor1d([...times, Number.MAX_VALUE]))),
    between: (t) => {
      const before = untracked(() => searchBins(t, tf.tensor1d([...times])));
      const lengths = times.slice(1).map((next, k) => next - times[k]!);
      const share = tf.div(tf.sub(t, at(times, before)), at(lengths, before));
      return [before, clip(share, 0, 1)];
    },
  };
}
