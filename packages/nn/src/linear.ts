import {
  checkCount,
  checkEvent,
  checkOptions,
  constant,
  DomainError,
  type Key,
  parameter,
  ShapeError,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { fanInUniform, type Initialiser } from './initialisers.js';
import { Network } from './network.js';
import { type Staircase, staircaseOf, staircaseProduct } from './staircase.js';

/** How a linear layer starts. */
export interface LinearOptions {
  /** Start of the weight; `fanInUniform` by default. */
  readonly initialiser?: Initialiser;
  /** Start of the bias, `fanInUniform` by default; false for no bias. */
  readonly bias?: Initialiser | boolean;
}

/**
 * y = x W + b.
 *
 * @example
 * ```ts
 * import { Linear } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * const layer = new Linear(Key.from(1), 3, 2);
 * const y = layer.apply(Key.from(2).normal([10, 3])); // [10, 2]
 * ```
 */
export class Linear extends Network {
  override readonly inputs: number;
  override readonly outputs: number;

  /** W, shape `[inputs, outputs]`. */
  readonly weight: Variable;

  /** b, shape `[outputs]`; undefined for a layer without one. */
  readonly bias: Variable | undefined;

  /** @throws DomainError unless both sizes are positive integers */
  constructor(key: Key, inputs: number, outputs: number, options: LinearOptions = {}) {
    super();
    checkOptions('Linear', options, ['initialiser', 'bias']);
    checkCount('Linear', 'inputs', inputs, 1);
    checkCount('Linear', 'outputs', outputs, 1);
    const { initialiser = fanInUniform, bias = true } = options;
    const [forWeight, forBias] = key.split(2);
    const fan = { in: inputs, out: outputs };
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = start(() => initialiser(forWeight, [inputs, outputs], fan));
    const startOfBias = bias === true ? fanInUniform : bias;
    if (startOfBias) this.bias = start(() => startOfBias(forBias, [outputs], fan));
  }

  override apply(x: Tensor): Tensor {
    checkEvent('Linear', x, [this.inputs]);
    return tf.tidy(() => {
      // Matrix products of rank 2 are the ones that every engine does fast and differentiates.
      const batch = x.shape.slice(0, -1);
      const rows = tf.reshape(x, [batch.reduce((size, n) => size * n, 1), this.inputs]);
      const product = this.product(rows);
      const y = this.bias === undefined ? product : tf.add(product, this.bias);
      return tf.reshape(y, [...batch, this.outputs]);
    });
  }

  /** x W for x of shape `[N, inputs]`. */
  protected product(x: Tensor): Tensor {
    return tf.matMul(x, this.weight);
  }
}

/** Which inputs each output of a layer reads: `mask[o][i]` is 1 or 0. */
export type Mask = readonly (readonly number[])[];

/**
 * y = x (W * M) + b: output o reads input i only where `mask[o][i]` is 1.
 *
 * The entries of W that the mask hides have gradient 0 and never matter. Each column of W starts as in a layer of
 * as many inputs as its output reads, so that a mask does not quieten the layer.
 *
 * Source: Germain et al., "MADE", arXiv:1502.03509, eq. 8.
 */
export class MaskedLinear extends Linear {
  /** M, shape `[inputs, outputs]`. */
  readonly mask: Tensor;

  /** Where the mask hides large rectangles, which are then not computed. */
  private readonly stairs: Staircase | undefined;

  /**
   * @param mask `[outputs][inputs]` of zeros and ones
   * @throws ShapeError for a mask that is empty or ragged, DomainError for other entries
   */
  constructor(key: Key, mask: Mask, options: LinearOptions = {}) {
    const [inputs, outputs] = sizesOf(mask);
    super(key, inputs, outputs, options);
    this.stairs = staircaseOf([inputs, outputs], (input, output) => mask[output]![input] === 1);
    this.mask = constant(() => tf.transpose(tf.tensor2d(mask as number[][], undefined, 'float32')));
    tf.tidy(() => {
      const connections = tf.maximum(tf.sum(this.mask, 0), 1);
      this.weight.assign(tf.mul(this.weight, tf.sqrt(tf.div(inputs, connections))));
    });
  }

  protected override product(x: Tensor): Tensor {
    const weight = tf.mul(this.weight, this.mask);
    return this.stairs === undefined
      ? tf.matMul(x, weight)
      : staircaseProduct(x, weight, this.stairs);
  }
}

function start(value: () => Tensor): Variable {
  return tf.tidy(() => parameter(value()));
}

function sizesOf(mask: Mask): [inputs: number, outputs: number] {
  const inputs = mask[0]?.length ?? 0;
  if (inputs === 0 || mask.some((row) => row.length !== inputs))
    throw new ShapeError(
      `MaskedLinear: the mask must have rows of one length > 0, got lengths ${mask.map((row) => row.length).join(', ')}.`,
    );
  const wrong = mask.flat().find((entry) => entry !== 0 && entry !== 1);
  if (wrong !== undefined)
    throw new DomainError(`MaskedLinear: the mask must hold zeros and ones, got ${wrong}.`);
  return [inputs, mask.length];
}
