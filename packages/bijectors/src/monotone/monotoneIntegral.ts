import {
  checkAbove,
  checkCount,
  clenshawCurtis,
  clip,
  gaussLegendre,
  increasingRoot,
  integral,
  type Key,
  Module,
  OptionError,
  type QuadratureRule,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { guess } from './guess.js';
import { Integrand, type IntegrandOptions, integrandOptions } from './integrand.js';

/** Rules that the integral may be taken by. */
const rules = {
  clenshawCurtis: (steps: number): QuadratureRule => clenshawCurtis(steps),
  gaussLegendre: (steps: number): QuadratureRule => gaussLegendre(steps + 1),
};

/** What an integral with a free upper end is made of. */
export interface MonotoneIntegralOptions extends IntegrandOptions {
  /** Quadrature takes so many steps, one evaluation of the integrand more; 20 by default. */
  readonly steps?: number;
  /** The quadrature rule; `'clenshawCurtis'` by default. */
  readonly rule?: keyof typeof rules;
  /** B: beyond [-B, B] the slope stays what it is at its ends; 10 by default. */
  readonly bound?: number;
  /**
   * So many rows, a row being a point of one dimension of one example, go through the integrand at once where that is
   * possible; 4096 by default. Memory does not depend on `steps` but for this. Infinity keeps what the forward pass
   * computes for the backward pass: more memory, and fewer products.
   */
  readonly rowsAtOnce?: number;
}

/** The names of all {@link MonotoneIntegralOptions}. */
export const monotoneIntegralOptions = [
  ...integrandOptions,
  'steps',
  'rule',
  'bound',
  'rowsAtOnce',
] as const satisfies readonly (keyof MonotoneIntegralOptions)[];

/** Inversion starts from so many steps at the most: the rest of its way does not depend on where it started. */
const MOST_GUESSING = 40;

/** Steps within the bracket that inversion takes after its guess. */
const REFINEMENTS = 12;

/**
 * F(x; h) = int_0^x f(t; h) dt with a positive network f, for any number of pairs (x, h) at once.
 *
 * Outside [-B, B] F goes on as a line. So every number is a value of F, inversion need not search for a bracket, and far
 * from the data nothing grows faster than it can be inverted.
 */
export class MonotoneIntegral extends Module {
  readonly integrand: Integrand;
  private readonly rule: QuadratureRule;
  private readonly ruleName: keyof typeof rules;
  /** Steps of the rule. */
  readonly steps: number;
  private readonly bound: number;
  private readonly rowsAtOnce: number;

  /**
   * @param inputs numbers in h
   * @throws OptionError or DomainError for options outside their domain
   */
  constructor(where: string, key: Key, inputs: number, options: MonotoneIntegralOptions) {
    super();
    const { steps = 20, rule = 'clenshawCurtis', bound = 10, rowsAtOnce = 4096, ...rest } = options;
    checkCount(where, 'steps', steps, 2);
    checkAbove(where, 'bound', bound, 0);
    if (!(rowsAtOnce >= 1))
      throw new OptionError(`${where}: rowsAtOnce must be at least 1, got ${rowsAtOnce}.`);
    if (!Object.hasOwn(rules, rule))
      throw new OptionError(
        `${where}: rule must be one of ${Object.keys(rules).join(', ')}, got ${rule}.`,
      );
    this.integrand = new Integrand(where, key, inputs, rest);
    this.rule = rules[rule](steps);
    this.ruleName = rule;
    this.steps = steps;
    this.bound = bound;
    this.rowsAtOnce = rowsAtOnce;
  }

  /**
   * F(x; h), its slope f and log f.
   *
   * @param x shape `[N]`
   * @param given what `integrand.at(h)` gives for h `[N, P]`
   * @returns three of shape `[N]`
   */
  forward(x: Tensor, given: readonly Tensor[]): [value: Tensor, slope: Tensor, logSlope: Tensor] {
    const inside = clip(x, -this.bound, this.bound);
    const [slope, logSlope] = this.integrand.valueAndLog(inside, given);
    const options = { rule: this.rule, nodesAtOnce: this.nodesAtOnce(x.size) };
    const area = integral(this.integrand.value, inside, given, options);
    return [tf.add(area, tf.mul(slope, tf.sub(x, inside))), slope, logSlope];
  }

  /**
   * How far the integral of F is from that of half the steps, which is mostly more than its error; all of shape `[N]`.
   *
   * Clenshaw-Curtis rules of an even number of steps are nested: no point is evaluated for half the steps alone.
   */
  error(x: Tensor, given: readonly Tensor[]): Tensor {
    const { nodes, weights } = this.rule;
    const half = rules[this.ruleName](this.steps >> 1);
    const isNested = this.ruleName === 'clenshawCurtis' && this.steps % 2 === 0;
    const points = isNested ? nodes : [...nodes, ...half.nodes];
    const differences = isNested
      ? weights.map((weight, k) => weight - (k % 2 === 0 ? half.weights[k / 2]! : 0))
      : [...weights, ...half.weights.map((weight) => -weight)];
    const inside = clip(x, -this.bound, this.bound);
    const places = tf.tensor2d(
      points.map((node) => (node + 1) / 2),
      [points.length, 1],
    );
    const values = this.inGroups(tf.mul(places, inside), given);
    const difference = tf.matMul(tf.tensor2d([differences]), values);
    return tf.abs(tf.mul(tf.mul(0.5, inside), tf.squeeze(difference, [0])));
  }

  /** log f(x; h) alone; shapes as for {@link forward}. */
  logSlope(x: Tensor, given: readonly Tensor[]): Tensor {
    return this.integrand.valueAndLog(clip(x, -this.bound, this.bound), given)[1];
  }

  /**
   * The x with F(x; h) = y.
   *
   * @param y shape `[N]`
   * @param given what `integrand.at(h)` gives for h `[N, P]`
   * @returns shape `[N]`
   */
  inverse(y: Tensor, given: readonly Tensor[]): Tensor {
    const f = (x: Tensor, ...given: Tensor[]): [Tensor, Tensor] => {
      const [value, slope] = this.forward(x, given);
      return [value, slope];
    };
    const { bound } = this;
    const steps = Math.min(this.steps, MOST_GUESSING);
    const bracket = (y: Tensor, ...given: Tensor[]) =>
      guess((t) => this.inGroups(t, given), y, {
        steps,
        bound,
        // The bracket must be one of the rule that is inverted.
        edge: this.rule === clenshawCurtis(steps) ? undefined : (end) => this.forward(end, given),
      });
    return increasingRoot(f, y, given, bracket, REFINEMENTS);
  }

  /** f at `[K, N]` points, few of them at once. */
  private inGroups(t: Tensor, given: readonly Tensor[]): Tensor {
    const [points, rows] = t.shape as [number, number];
    const size = this.nodesAtOnce(rows);
    const groups = [];
    for (let k = 0; k < points; k += size)
      groups.push(
        this.integrand.value(tf.slice(t, [k, 0], [Math.min(size, points - k), rows]), ...given),
      );
    return groups.length === 1 ? groups[0]! : tf.concat(groups, 0);
  }

  private nodesAtOnce(rows: number): number {
    const most = this.rule.nodes.length;
    return Math.min(most, Math.max(1, Math.floor(this.rowsAtOnce / Math.max(1, rows))));
  }
}
