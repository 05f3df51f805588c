import {
  checkEvent,
  checkOptions,
  DomainError,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Tensors by name. */
export type Named<N extends string = string> = Readonly<Record<N, Tensor>>;

/** What is known of a parameter beforehand. */
export interface ParameterRange {
  /** The least value that makes sense. */
  readonly min: number;
  /** The largest, above `min`. */
  readonly max: number;
  /** Such as `'rad/s'`; for those who read. */
  readonly unit?: string;
}

/** What every expert model tells of itself. */
export interface ExpertDescription<P extends string = string, S extends string = string> {
  /** Each parameter and its range, in the order of z. */
  readonly parameters: Readonly<Record<P, ParameterRange>>;
  /** The names of the numbers that a state is made of, in order. */
  readonly state: readonly S[];
}

/** Options of {@link expert}. */
export interface ExpertOptions<P extends string, S extends string, U extends string>
  extends ExpertDescription<P, S> {
  /** Where each of these numbers is a field in space, the shape of its grid; none by default. */
  readonly grid?: readonly number[];
  /** The names of what drives the system from outside and is measured, in order; none by default. */
  readonly inputs?: readonly U[];
  /**
   * dy/dt, each number of the state by name.
   *
   * @param t the time, a scalar
   * @param y each number of the state, `[N, ...grid]`
   * @param z each parameter, `[N]`, or `[N, 1, ...]` beside a grid, so that they go together
   * @param u each input at that time, shaped as the parameters
   */
  readonly field: (t: Tensor, y: Named<S>, z: Named<P>, u: Named<U>) => Readonly<Record<S, Tensor>>;
}

/**
 * A known model of a system: a differential equation dy/dt = F_e(t, y, z_e) whose parameters z_e have names, ranges and units.
 *
 * States are tensors `[N, ...grid, S]`, their numbers in the last axis in the order of `state`; parameters are vectors z_e `[N, K]`
 * in the order of `parameters`.
 */
export class Expert {
  /** The names of the parameters, in order. */
  readonly names: readonly string[];
  /** min of each parameter. */
  readonly low: readonly number[];
  /** max of each. */
  readonly high: readonly number[];
  /** `[...grid, S]`. */
  readonly stateShape: readonly number[];
  /** Numbers in a state. */
  readonly stateSize: number;

  /** @internal made by {@link expert} */
  constructor(
    /** What is known of each parameter. */
    readonly parameters: Readonly<Record<string, ParameterRange>>,
    /** The names of the numbers of a state, in order. */
    readonly state: readonly string[],
    /** The shape of the grid that each of them lives on; `[]` for numbers. */
    readonly grid: readonly number[],
    /** The names of what drives the system. */
    readonly inputs: readonly string[],
    /** @internal dy/dt of named numbers, as {@link ExpertOptions.field}. */
    readonly field: (t: Tensor, y: Named, z: Named, u: Named) => Named,
  ) {
    this.names = Object.keys(parameters);
    const ranges = Object.values(parameters);
    this.low = ranges.map(({ min }) => min);
    this.high = ranges.map(({ max }) => max);
    this.stateShape = [...grid, state.length];
    this.stateSize = tf.util.sizeFromShape([...this.stateShape]);
  }

  /**
   * dy/dt at a time t, a scalar.
   *
   * @param y shape `[N, ...grid, S]`
   * @param z shape `[N, K]`
   * @param u the inputs at that time, shape `[N, U]`, for an expert that has some
   * @returns the shape of y
   * @throws ShapeError where shapes do not fit, OptionError where the field tells other numbers than those of the state
   */
  derivative(t: Tensor, y: Tensor, z: Tensor, u?: Tensor): Tensor {
    checkEvent('Expert: state', y, this.stateShape);
    checkEvent('Expert: parameters', z, [this.names.length]);
    if (u === undefined && this.inputs.length > 0)
      throw new ShapeError(`Expert: the inputs ${this.inputs.join(', ')} are needed, got none.`);
    return tf.tidy(() => {
      const told = this.field(
        t,
        byName(this.state, y),
        this.spread(this.named(z)),
        u === undefined ? {} : this.spread(byName(this.inputs, u)),
      );
      checkNames('field', told, this.state);
      const shape = y.shape.slice(0, -1);
      // What does not depend on the state, such as a constant, may be smaller than it.
      const whole = (slope: Tensor) =>
        tf.util.arraysEqual(slope.shape, shape) ? slope : tf.broadcastTo(slope, shape);
      return tf.stack(
        this.state.map((name) => whole(told[name]!)),
        shape.length,
      );
    });
  }

  /** Parameters by name, each `[...]`, of vectors `[..., K]`. */
  named(z: Tensor): Named {
    return byName(this.names, z);
  }

  /**
   * The vector of parameters that are given by name.
   *
   * @param values numbers inside their ranges, or tensors of one shape `[...]`, which are not read
   * @returns shape `[..., K]`
   * @throws OptionError for names that are unknown or missing, DomainError for a number outside its range
   */
  vector(values: Readonly<Record<string, number | readonly number[] | Tensor>>): Tensor {
    checkNames('parameters', values, this.names);
    return tf.tidy(() => {
      const each = this.names.map((name) => {
        const value = values[name]!;
        if (value instanceof tf.Tensor) return value;
        for (const number of [value].flat()) this.checkRange(name, number);
        return tf.tensor(value);
      });
      const shape = each.reduce<number[]>(
        (shape, value) => tf.broadcast_util.assertAndGetBroadcastShape(shape, value.shape),
        [],
      );
      return tf.stack(
        each.map((value) => tf.broadcastTo(value, shape)),
        shape.length,
      );
    });
  }

  /**
   * Numbers that are given by name, in order.
   *
   * @throws OptionError for names that are unknown or missing, DomainError for a number outside its range
   */
  ordered(values: Readonly<Record<string, number>>): number[] {
    checkNames('parameters', values, this.names);
    return this.names.map((name) => {
      this.checkRange(name, values[name]!);
      return values[name]!;
    });
  }

  private checkRange(name: string, value: number): void {
    const { min, max, unit = '' } = this.parameters[name]!;
    if (!(value >= min && value <= max))
      throw new DomainError(
        `Expert: ${name} must be in [${min}, ${max}]${unit && ` ${unit}`}, got ${value}.`,
      );
  }

  /** Beside a grid, numbers `[N]` have an axis of 1 for each of its. */
  private spread(values: Named): Named {
    if (this.grid.length === 0) return values;
    const axes = this.grid.map(() => 1);
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        tf.reshape(value, [...value.shape, ...axes]),
      ]),
    );
  }
}

/** The columns of the last axis, by name. */
function byName(names: readonly string[], x: Tensor): Named {
  // Unstacking one column has no gradient in TensorFlow.js.
  const columns = names.length === 1 ? [tf.squeeze(x, [-1])] : tf.unstack(x, -1);
  return Object.fromEntries(names.map((name, i) => [name, columns[i]!]));
}

function checkNames(what: string, given: object, names: readonly string[]): void {
  const keys = Object.keys(given);
  const differ = names.some((name) => !keys.includes(name)) || keys.length !== names.length;
  if (differ)
    throw new OptionError(
      `Expert: the ${what} must be of ${names.join(', ')}, got ${keys.join(', ') || 'none'}.`,
    );
}

/**
 * A known model of a system, as far as it is known: a differential equation with named, bounded parameters.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.2, where its
 * response y_e is that of p(y_e | x, z_e) (Fig. 7.2).
 *
 * @throws OptionError for options that are unknown, or names that are missing or there twice
 * @throws DomainError for ranges that are empty or not finite
 *
 * @example
 * ```ts
 * import { expert } from '@pushforward/hybrid';
 * import * as tf from '@tensorflow/tfjs';
 * const spring = expert({
 *   parameters: { stiffness: { min: 0.1, max: 10, unit: 'N/m' } },
 *   state: ['x', 'v'],
 *   field: (t, { x, v }, { stiffness }) => ({ x: v, v: tf.neg(tf.mul(stiffness, x)) }),
 * });
 * spring.derivative(tf.scalar(0), tf.tensor2d([[1, 0]]), spring.vector({ stiffness: [2] })).print(); // [[0, -2]]
 * ```
 */
export function expert<P extends string, S extends string, U extends string = never>(
  options: ExpertOptions<P, S, U>,
): Expert {
  checkOptions('expert', options, ['parameters', 'state', 'grid', 'inputs', 'field']);
  const { parameters, state, grid = [], inputs = [], field } = options;
  const ranges = Object.entries<ParameterRange>(parameters);
  for (const [name, range] of ranges) {
    checkOptions(`expert: ${name}`, range, ['min', 'max', 'unit']);
    if (!(range.min < range.max && Number.isFinite(range.max - range.min)))
      throw new DomainError(
        `expert: ${name} must have finite min < max, got ${range.min} and ${range.max}.`,
      );
  }
  for (const [what, names] of Object.entries({ state, inputs })) {
    if (new Set<string>(names).size !== names.length)
      throw new OptionError(`expert: ${what} names must differ, got ${names.join(', ')}.`);
  }
  if (ranges.length === 0 || state.length === 0)
    throw new OptionError('expert: at least one parameter and one number of the state are needed.');
  return new Expert(parameters, state, grid, inputs, field);
}
