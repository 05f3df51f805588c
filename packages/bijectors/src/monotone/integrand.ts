import { type Activation, activation, MLP } from '@pushforward/nn';
import {
  checkAbove,
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  Module,
  OptionError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Positive, type PositiveName, positive, positiveNames } from './positive.js';
import { withNormAtMost } from './spectralNorm.js';

/** What the integrand of a monotone function is made of. */
export interface IntegrandOptions {
  /** Width of each hidden layer; [64, 64, 64] by default. */
  readonly hidden?: readonly number[];
  /** Between the layers; `'elu'` by default. With kinks, as in `'relu'`, quadrature is less exact. */
  readonly activation?: Activation;
  /** What makes the output positive: `'elu'`, which is ELU + 1 and the default, or `'softplus'`, which is smoother. */
  readonly positive?: PositiveName;
  /** The output stays above this number in [0, 1); 0.001 by default. It bounds the slope of the inverse. */
  readonly leastSlope?: number;
  /**
   * A Lipschitz constant that the integrand keeps, in (t, h) together: its weights are divided where their spectral
   * norms ask for it. None by default.
   */
  readonly lipschitz?: number;
  /** Factor on the start of the last layer; 0 by default, so that the integrand starts as 1. */
  readonly lastScale?: number;
}

/** The names of all {@link IntegrandOptions}. */
export const integrandOptions = [
  'hidden',
  'activation',
  'positive',
  'leastSlope',
  'lipschitz',
  'lastScale',
] as const satisfies readonly (keyof IntegrandOptions)[];

/** Activations that somewhere are steeper than 1, and how steep. */
const steepness: Partial<Record<Activation, number>> = { silu: 1.0999, gelu: 1.129 };

/**
 * A free-form network f(t, h) with positive values: the slope of a monotone function.
 *
 * Its first layer is taken apart, W [t, h] + b = W_t t + (W_h h + b), so that what depends on h alone is computed once for
 * all points t.
 */
export class Integrand extends Module {
  /** From [t, h] to the number that is made positive. */
  readonly net: MLP;
  private readonly activation: (x: Tensor) => Tensor;
  private readonly output: Positive;
  private readonly norm: number | undefined;

  /**
   * @param inputs numbers in h
   * @throws OptionError or DomainError for options that are unknown or outside their domain
   */
  constructor(where: string, key: Key, inputs: number, options: IntegrandOptions) {
    super();
    checkOptions(where, options, integrandOptions);
    const { hidden = [64, 64, 64], lipschitz, leastSlope = 1e-3, lastScale = 0 } = options;
    const { activation: name = 'elu', positive: output = 'elu' } = options;
    if (!positiveNames.includes(output))
      throw new OptionError(
        `${where}: positive must be one of ${positiveNames.join(', ')}, got ${output}.`,
      );
    const isList: boolean = Array.isArray(hidden);
    if (!isList)
      throw new DomainError(
        `${where}: hidden must be a list of integers >= 1, got ${JSON.stringify(hidden)}.`,
      );
    for (const width of hidden) checkCount(where, 'hidden', width, 1);
    if (!(leastSlope >= 0 && leastSlope < 1))
      throw new OptionError(`${where}: leastSlope must be in [0, 1), got ${leastSlope}.`);
    this.activation = activation(name);
    this.output = positive(output, leastSlope);
    if (lipschitz !== undefined) {
      checkAbove(where, 'lipschitz', lipschitz, 0);
      const ofActivations = (steepness[name] ?? 1) ** hidden.length;
      this.norm = (lipschitz / ofActivations) ** (1 / (hidden.length + 1));
    }
    this.net = new MLP(key, {
      inputs: 1 + inputs,
      outputs: 1,
      hidden,
      lastScale,
      activation: name,
    });
  }

  /**
   * All that f depends on besides t, for {@link value} and {@link log}.
   *
   * @param h shape `[N, P]`
   */
  at(h: Tensor): Tensor[] {
    const [first, ...others] = this.net.layers;
    const weight = this.limited(first!.weight);
    const [inputs, width] = weight.shape as [number, number];
    const ofT = tf.slice(weight, [0, 0], [1, width]);
    const ofH = tf.slice(weight, [1, 0], [inputs - 1, width]);
    const shared = tf.add(tf.matMul(h, ofH), first!.bias!);
    return [shared, ofT, ...others.flatMap(({ weight, bias }) => [this.limited(weight), bias!])];
  }

  /** f at `[K, N]` points, for what {@link at} gives for N embeddings. */
  value = (t: Tensor, ...given: Tensor[]): Tensor => this.output.value(this.raw(t, given));

  /** f and log f at `[N]` points. */
  valueAndLog(t: Tensor, given: readonly Tensor[]): [Tensor, Tensor] {
    const raw = tf.reshape(this.raw(tf.expandDims(t, 0), given), t.shape);
    return [this.output.value(raw), this.output.log(raw)];
  }

  private raw(t: Tensor, [shared, ofT, ...layers]: readonly Tensor[]): Tensor {
    const [points, rows] = t.shape as [number, number];
    const width = ofT!.shape[1]!;
    const scaled = tf.matMul(tf.reshape(t, [points * rows, 1]), ofT!);
    let a =
      points === 1
        ? tf.add(scaled, shared!)
        : tf.reshape(tf.add(tf.reshape(scaled, [points, rows, width]), shared!), [
            points * rows,
            width,
          ]);
    for (let l = 0; l < layers.length; l += 2)
      a = tf.add(tf.matMul(this.activation(a), layers[l]!), layers[l + 1]!);
    return tf.reshape(a, [points, rows]);
  }

  private limited(weight: Tensor): Tensor {
    return this.norm === undefined ? weight : withNormAtMost(weight, this.norm);
  }
}
