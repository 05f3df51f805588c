import { constant, Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The bin that a point falls into: numbers of shape `[N]`, sizes in any one unit. */
export interface Bin {
  /** Where the bin begins, counted from the middle of the interval; its size; and the size of the interval. */
  readonly left: Tensor;
  readonly width: Tensor;
  readonly totalWidth: Tensor;
  /** The same along y. */
  readonly bottom: Tensor;
  readonly height: Tensor;
  readonly totalHeight: Tensor;
  /** Slopes at the two knots. */
  readonly slope0: Tensor;
  readonly slope1: Tensor;
}

const NUMBERS = [
  'left',
  'width',
  'totalWidth',
  'bottom',
  'height',
  'totalHeight',
  'slope0',
  'slope1',
] as const satisfies readonly (keyof Bin)[];

/** A part of a number of the bin: the sum of some columns of the table, or 1 where none is named, times a weight. */
interface Term {
  readonly of: keyof Bin;
  readonly columns: readonly number[];
  /** The weight in each bin: 0 to K - 1, -1 before the first knot, K after the last. */
  readonly weight: (bin: number) => number;
}

/** Points this near to an end, as a part of the interval, count as outside. */
const EDGE = 2 ** -20;

/**
 * Finds the bin of a spline that a point falls into.
 *
 * A row of the table describes one spline by P = 3K - 1 positive numbers: K widths, K heights and the slopes at the
 * K - 1 interior knots; those at the ends are 1. Outside the interval the bin is the interval itself, on which the
 * sizes have no influence, and so no gradient.
 *
 * Every number of a bin is a weighted sum of entries of the row. It comes from products with constant matrices and one
 * with a mask, which the engines compute many times faster than they slice, compare or gather.
 */
export class Bins extends Module {
  /** Table `[N, P]` -> terms `[N, Q]`. */
  private readonly expand: Tensor;
  /** Knots passed `[N, K + 2]` -> weights of the terms `[N, Q]`. */
  private readonly weigh: Tensor;
  /** Terms `[N, Q]` -> numbers of the bin `[N, 8]`. */
  private readonly collect: Tensor;
  /** Knots passed `[N, K + 2]` -> what does not depend on the table `[N, 8]`. */
  private readonly fixed: Tensor;
  private readonly x: Axis;
  private readonly y: Axis;

  /** @param count K */
  constructor(count: number) {
    super();
    const columns = 3 * count - 1;
    const terms = termsOf(count);
    const free = terms.filter((term) => term.columns.length > 0);
    const fixed = terms.filter((term) => term.columns.length === 0);
    const weights = (term: Term) => changes(count, term.weight);
    const target = (term: Term) => NUMBERS.map((name) => Number(name === term.of));
    this.expand = matrix(transpose(free.map((term) => indicator(columns, term.columns))));
    this.weigh = matrix(transpose(free.map(weights)));
    this.collect = matrix(free.map(target));
    this.fixed = constant(() =>
      tf.matMul(tf.tensor2d(transpose(fixed.map(weights))), tf.tensor2d(fixed.map(target))),
    );
    this.x = new Axis(columns, range(count));
    this.y = new Axis(columns, range(count, count));
  }

  /**
   * @param table positive, shape `[N, P]`
   * @param position from -1/2 to 1/2, the ends of the interval, shape `[N]`; the search has no gradient
   * @param along the axis of the position
   */
  at(table: Tensor, position: Tensor, along: 'x' | 'y'): Bin {
    const numbers = tf.customGrad((input, save) => {
      const table = input as Tensor;
      const passed = this[along].passed(table, position);
      const weights = tf.matMul(passed, this.weigh);
      (save as (saved: Tensor[]) => void)([weights]);
      const terms = tf.mul(tf.matMul(table, this.expand), weights);
      return {
        value: tf.transpose(tf.add(tf.matMul(terms, this.collect), tf.matMul(passed, this.fixed))),
        gradFunc: (dy: Tensor, saved: Tensor[]) => {
          const terms = tf.matMul(tf.transpose(dy), tf.transpose(this.collect));
          return tf.matMul(tf.mul(terms, saved[0]!), tf.transpose(this.expand));
        },
      };
    })(table);
    const rows = tf.unstack(numbers);
    return Object.fromEntries(NUMBERS.map((name, i) => [name, rows[i]])) as unknown as Bin;
  }
}

/** Where the knots are along one axis. */
class Axis extends Module {
  /** Table `[N, P]` -> size of the interval `[N, 1]`. */
  private readonly total: Tensor;
  /** Table `[N, P]` -> a place that every point is past, and the knots, in the unit of the sizes `[N, K + 2]`. */
  private readonly knots: Tensor;

  /** @param bins columns of the table that hold the sizes */
  constructor(columns: number, bins: readonly number[]) {
    super();
    const interval = indicator(columns, bins);
    const interior = bins
      .slice(1)
      .map((bin) => interval.map((on, i) => on * (i < bin ? 0.5 : -0.5)));
    const at = (position: number) => interval.map((on) => on * position);
    this.total = matrix(transpose([interval]));
    this.knots = matrix(transpose([at(-1), at(EDGE - 0.5), ...interior, at(0.5 - EDGE)]));
  }

  /** 1 for each knot below the point, after a first column of ones: shape `[N, K + 2]`. */
  passed(table: Tensor, position: Tensor): Tensor {
    const reached = tf.mul(tf.reshape(position, [-1, 1]), tf.matMul(table, this.total));
    return tf.step(tf.sub(reached, tf.matMul(table, this.knots)));
  }
}

/** Each number of a bin, as a sum of terms. */
function termsOf(count: number): Term[] {
  const outside = (bin: number) => Number(bin < 0 || bin >= count);
  const inside = (bin: number) => 1 - outside(bin);
  const axis = (
    columns: readonly number[],
    [start, size, total]: readonly [keyof Bin, keyof Bin, keyof Bin],
  ): Term[] => [
    // From the middle, half of what lies before less half of the rest: so points near 0 lose no digits.
    ...columns.map((column, j): Term => {
      return { of: start, columns: [column], weight: (k) => inside(k) * (k > j ? 0.5 : -0.5) };
    }),
    ...columns.map((column, j): Term => {
      return { of: size, columns: [column], weight: (k) => Number(k === j) };
    }),
    { of: total, columns, weight: inside },
    { of: start, columns: [], weight: (k) => -0.5 * outside(k) },
    { of: size, columns: [], weight: outside },
    { of: total, columns: [], weight: outside },
  ];
  const slopeAt = (knot: number) => (knot > 0 && knot < count ? [2 * count + knot - 1] : []);
  return [
    ...axis(range(count), ['left', 'width', 'totalWidth']),
    ...axis(range(count, count), ['bottom', 'height', 'totalHeight']),
    ...range(count + 1).flatMap((knot): Term[] => [
      { of: 'slope0', columns: slopeAt(knot), weight: (k) => Number(knot === Math.max(k, 0)) },
      {
        of: 'slope1',
        columns: slopeAt(knot),
        weight: (k) => Number(knot === Math.min(k + 1, count)),
      },
    ]),
  ];
}

/** The weights as changes from bin to bin: summed over the knots passed, they give the weight in the bin reached. */
function changes(count: number, weight: Term['weight']): number[] {
  return range(count + 2).map((k) => weight(k - 1) - (k > 0 ? weight(k - 2) : 0));
}

function indicator(size: number, ones: readonly number[]): number[] {
  return range(size).map((i) => Number(ones.includes(i)));
}

function range(size: number, from = 0): number[] {
  return Array.from({ length: size }, (_, i) => from + i);
}

function transpose(rows: readonly (readonly number[])[]): number[][] {
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}

function matrix(rows: number[][]): Tensor {
  return constant(() => tf.tensor2d(rows));
}
