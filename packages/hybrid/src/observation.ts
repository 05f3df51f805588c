import type { Network } from '@pushforward/nn';
import {
  checkCount,
  checkEvent,
  Module,
  OptionError,
  placeColumns,
  ShapeError,
  type Tensor,
  takeColumns,
} from '@pushforward/tensors';
import type { NetworkBuilder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from './expert.js';
import type { Conditions } from './solve.js';

/** What is seen of a system, and how; all of it has a default. */
export interface ObservationOptions {
  /** The names of those numbers of the state that are seen, in its order; all of them by default. */
  readonly observed?: readonly string[];
  /**
   * P: how many times at the start belong to the past. What was seen in them is known, and the system is solved from the last of
   * them on; 1 by default.
   */
  readonly past?: number;
  /**
   * Finds those numbers of the state that are not seen, at the last time of the past: a network that reads what was seen in the
   * past, `[P O]`, and behind it the inputs of the past, `[P U]`. Numbers that are seen start as they were seen.
   */
  readonly start?: NetworkBuilder;
  /** Whether inputs stay from each time to the next, as those of computers do (zero-order hold); on straight lines by default. */
  readonly held?: boolean;
}

/** The same, filled in, where networks have their random numbers. */
type ObservationParts = Required<Omit<ObservationOptions, 'start'>> & {
  readonly start?: ((sizes: Parameters<NetworkBuilder>[1]) => Network) | undefined;
};

/** The names of all {@link ObservationOptions}. */
export const observationOptions = [
  'observed',
  'past',
  'start',
  'held',
] as const satisfies readonly (keyof ObservationOptions)[];

/**
 * What is seen of a system's states, and what a context tells: what was seen in the past, time after time, and behind it the
 * inputs at all times, time after time.
 */
export class Observation extends Module {
  /** `[...grid, O]`. */
  readonly shape: readonly number[];
  /** P, times of the past. */
  readonly past: number;
  /** Whether every number of the state is seen. */
  readonly isWhole: boolean;
  /** Of each number that is seen its place in the state. */
  private readonly columns: readonly number[];
  private readonly hidden: readonly number[];
  private readonly start: Network | undefined;
  private readonly held: boolean;

  /** @throws OptionError or DomainError for options that do not fit the expert, or each other */
  constructor(
    private readonly expert: Expert,
    { observed, past, start, held }: ObservationParts,
  ) {
    super();
    checkCount('hybrid', 'past', past, 1);
    this.past = past;
    this.held = held;
    this.columns = observed.map((name) => expert.state.indexOf(name));
    if (observed.length === 0 || this.columns.some((at, i) => at <= (this.columns[i - 1] ?? -1)))
      throw new OptionError(
        `hybrid: observed must be among ${expert.state.join(', ')}, in this order, got ${observed.join(', ') || 'none'}.`,
      );
    this.hidden = expert.state.map((_, i) => i).filter((i) => !this.columns.includes(i));
    this.isWhole = this.hidden.length === 0;
    this.shape = [...expert.grid, observed.length];
    if (this.isWhole !== (start === undefined) || (start !== undefined && expert.grid.length > 0))
      throw new OptionError(
        "hybrid: the option 'start' finds numbers of the state that are not observed, and is for those alone; fields on a " +
          'grid must be observed whole.',
      );
    this.start = start?.({
      inputs: past * (observed.length + expert.inputs.length),
      outputs: this.hidden.length,
    });
  }

  /** Numbers that are seen at a time. */
  get size(): number {
    return tf.util.sizeFromShape([...this.shape]);
  }

  /** Numbers of a context whose system is solved at so many times, the last of the past included. */
  contextSize(points: number): number {
    return this.past * this.size + (this.past - 1 + points) * this.expert.inputs.length;
  }

  /** What is seen of states: shape `[..., S]` to `[..., O]`. */
  of(states: Tensor): Tensor {
    return this.isWhole ? states : takeColumns(states, this.columns);
  }

  /**
   * Where systems start, at the last time of the past, and what drives them from there.
   *
   * @param context shape `[N, C]`
   * @param points times at which they are solved, the first included
   * @throws ShapeError for a context of another size
   */
  conditions(context: Tensor, points: number): Conditions {
    checkEvent('context: what is seen in the past, and inputs at all times', context, [
      this.contextSize(points),
    ]);
    if (context.rank !== 2)
      throw new ShapeError(`contexts [N, C] are needed, got [${context.shape.join(', ')}].`);
    const [n, count] = [context.shape[0], this.expert.inputs.length];
    const begin = this.past * this.size;
    const told = begin + (this.past - 1) * count;
    const seen = tf.slice(context, [0, begin - this.size], [n, this.size]);
    const drive = tf.reshape(tf.slice(context, [0, told], [n, points * count]), [n, points, count]);
    return {
      start: this.whole(
        tf.reshape(seen, [n, ...this.shape]),
        tf.slice(context, [0, 0], [n, told + count]),
      ),
      drive: count === 0 ? undefined : drive,
      held: this.held,
    };
  }

  /** The state of which some numbers were seen last, and the others are found in the past. */
  private whole(seen: Tensor, past: Tensor): Tensor {
    if (this.start === undefined) return seen;
    const size = this.expert.state.length;
    return tf.add(
      placeColumns(seen, this.columns, size),
      placeColumns(this.start.apply(past), this.hidden, size),
    );
  }
}
