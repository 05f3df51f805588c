import { type Batch, checkCount, checkOptions, DataError, type Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** What {@link Trajectories} are made of. */
export interface TrajectoriesParts {
  /** When the states were seen, increasing, the past included. */
  readonly times: readonly number[];
  /** P: how many of these times belong to the past, which is given where the rest is foretold; 1 by default. */
  readonly past?: number;
  /** `[...grid, O]`, of what is seen of a state. */
  readonly stateShape: readonly number[];
  /** What is seen of the states, trajectory after trajectory, time after time. */
  readonly states: Float32Array;
  /** What drove the systems at these times, in the same order, U numbers at a time; none by default. */
  readonly inputs?: Float32Array;
  /** Parameters of the systems, by name, one number for each trajectory, as far as they are known. */
  readonly parameters?: Readonly<Record<string, Float32Array>>;
}

/**
 * Trajectories of systems, all at the same times: what hybrid models learn from.
 *
 * They live on the host; `batch` and `batches` put them on the engine: `x` is what is seen behind the past, `[B, T, ...grid, O]`, and
 * `context` is what is seen in the past, by default the first state alone, and the inputs at all times, `[B, C]`.
 *
 * @example
 * ```ts
 * import { Trajectories } from '@pushforward/hybrid';
 * const seen = new Trajectories({
 *   times: [0, 0.1, 0.2],
 *   stateShape: [2],
 *   states: Float32Array.of(1, 0, 0.995, -0.1, 0.98, -0.199),
 * });
 * seen.batch().x.shape; // [1, 2, 2]
 * ```
 */
export class Trajectories {
  /** When the states were seen, the past included. */
  readonly times: readonly number[];
  /** P, times of the past. */
  readonly past: number;
  /** `[...grid, O]`. */
  readonly stateShape: readonly number[];
  /** Trajectories. */
  readonly length: number;
  /** Parameters of the systems, as far as they are known. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  private readonly states: Float32Array;
  private readonly inputs: Float32Array;

  /** @throws DataError where the parts do not fit together, or a number is not finite */
  constructor(parts: TrajectoriesParts) {
    const known = ['times', 'past', 'stateShape', 'states', 'inputs', 'parameters'] as const;
    checkOptions('Trajectories', parts, known);
    const { times, past = 1, stateShape, states } = parts;
    const { inputs = new Float32Array(), parameters = {} } = parts;
    checkCount('Trajectories', 'past', past, 1);
    this.times = times;
    this.past = past;
    this.stateShape = stateShape;
    this.states = states;
    this.inputs = inputs;
    this.parameters = parameters;
    this.length = states.length / (times.length * sizeOf(stateShape));
    if (times.length < past + 1 || times.some((t, i) => !(t > (times[i - 1] ?? -Infinity))))
      throw new DataError(
        `Trajectories: increasing times are needed, ${past} of the past and one or more behind it.`,
      );
    if (!Number.isInteger(this.length) || this.length === 0)
      throw new DataError(
        `Trajectories: ${states.length} numbers do not make whole trajectories of ${times.length} states of ` +
          `shape [${stateShape.join(', ')}].`,
      );
    if (inputs.length % (this.length * times.length) !== 0)
      throw new DataError(
        `Trajectories: ${inputs.length} inputs are not the same number at each of ${times.length} times of ` +
          `${this.length} trajectories.`,
      );
    for (const [name, values] of Object.entries(parameters))
      if (values.length !== this.length)
        throw new DataError(
          `Trajectories: ${this.length} trajectories, but ${values.length} of ${name}.`,
        );
    if (
      ![...Object.values(parameters), states, inputs].every((part) => part.every(Number.isFinite))
    )
      throw new DataError('Trajectories: every number must be finite.');
  }

  /** Inputs at a time, U. */
  get inputCount(): number {
    return this.inputs.length / (this.length * this.times.length);
  }

  /** The first `points` times alone, the past included. */
  until(points: number): Trajectories {
    checkCount('Trajectories.until', 'points', points, this.past + 1);
    const keep = (values: Float32Array) =>
      values.length === 0 ? values : beginnings(values, this.length, points / this.times.length);
    return new Trajectories({
      times: this.times.slice(0, points),
      past: this.past,
      stateShape: this.stateShape,
      states: keep(this.states),
      inputs: keep(this.inputs),
      parameters: this.parameters,
    });
  }

  /** The trajectories `indices`, in that order. */
  subset(indices: ArrayLike<number>): Trajectories {
    const of = (values: Float32Array) => take(values, values.length / this.length, indices);
    return new Trajectories({
      times: this.times,
      past: this.past,
      stateShape: this.stateShape,
      states: of(this.states),
      inputs: of(this.inputs),
      parameters: Object.fromEntries(
        Object.entries(this.parameters).map(([name, values]) => [name, of(values)]),
      ),
    });
  }

  /** All of them as one batch; the tensors are the caller's to dispose. */
  batch(): Batch {
    const [n, points, past] = [this.length, this.times.length, this.past];
    return tf.tidy(() => {
      const states = tf.tensor(this.states, [n, points, sizeOf(this.stateShape)]);
      const [before, rest] = tf.split(states, [past, points - past], 1);
      const seen = tf.reshape(before!, [n, -1]);
      const inputs = tf.tensor(this.inputs, [n, this.inputs.length / n]);
      return {
        x: tf.reshape(rest!, [n, points - past, ...this.stateShape]),
        context: this.inputs.length === 0 ? seen : tf.concat([seen, inputs], 1),
      };
    });
  }

  /** All in an order given by the key, `size` at a time; the tensors are the caller's to dispose. */
  *batches(key: Key, size: number): Generator<Batch> {
    checkCount('Trajectories.batches', 'the size', size, 1);
    const order = key.permutation(this.length);
    for (let start = 0; start < this.length; start += size)
      yield this.subset(order.subarray(start, start + size)).batch();
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** The rows `indices` of `size` numbers each. */
function take(values: Float32Array, size: number, indices: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++)
    taken.set(values.subarray(indices[i]! * size, (indices[i]! + 1) * size), i * size);
  return taken;
}

/** The first part of each of n rows. */
function beginnings(values: Float32Array, n: number, fraction: number): Float32Array {
  const size = values.length / n;
  const kept = Math.round(size * Math.min(1, fraction));
  const parts = new Float32Array(n * kept);
  for (let i = 0; i < n; i++) parts.set(values.subarray(i * size, i * size + kept), i * kept);
  return parts;
}
