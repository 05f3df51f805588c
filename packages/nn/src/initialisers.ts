/**
 * How weights start. With inputs of variance 1, a variance of 1 / fanIn keeps the variance of a linear layer's
 * outputs at 1; rectifiers, which silence half of them, need twice that.
 */
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The connections of a layer. */
export interface Fan {
  /** Inputs of each unit. */
  readonly in: number;
  /** Outputs that each input reaches. */
  readonly out: number;
}

/**
 * Draws starting values of a shape.
 *
 * @param shape `[inputs, outputs]` for the weight of a linear layer, `[outputs]` for its bias
 * @param fan of the layer, the same for weight and bias
 */
export type Initialiser = (key: Key, shape: readonly number[], fan: Fan) => Tensor;

/** All zeros. */
export const zeros: Initialiser = (_key, shape) => tf.zeros([...shape]);

/** U(-b, b) with b = 1 / sqrt(fanIn): variance 1 / (3 fanIn), the start of PyTorch's linear layer. */
export const fanInUniform: Initialiser = uniform((fan) => 1 / (3 * fan.in));

/** U(-b, b) of variance 1 / fanIn (LeCun et al., "Efficient backprop", 1998). */
export const lecunUniform: Initialiser = uniform((fan) => 1 / fan.in);

/** N(0, 1 / fanIn) (LeCun et al., "Efficient backprop", 1998). */
export const lecunNormal: Initialiser = normal((fan) => 1 / fan.in);

/** U(-b, b) of variance 2 / (fanIn + fanOut) (Glorot and Bengio, AISTATS 2010, eq. 16). */
export const glorotUniform: Initialiser = uniform((fan) => 2 / (fan.in + fan.out));

/** N(0, 2 / (fanIn + fanOut)) (Glorot and Bengio, AISTATS 2010, eq. 12). */
export const glorotNormal: Initialiser = normal((fan) => 2 / (fan.in + fan.out));

/** U(-b, b) of variance 2 / fanIn, for rectifiers (He et al., arXiv:1502.01852). */
export const heUniform: Initialiser = uniform((fan) => 2 / fan.in);

/** N(0, 2 / fanIn), for rectifiers (He et al., arXiv:1502.01852, eq. 10). */
export const heNormal: Initialiser = normal((fan) => 2 / fan.in);

/** The draws of another initialiser times a number: 0 for a layer that starts at zero, 0.01 for a quiet one. */
export function scaled(initialiser: Initialiser, scale: number): Initialiser {
  return (key, shape, fan) => tf.tidy(() => tf.mul(scale, initialiser(key, shape, fan)));
}

function uniform(variance: (fan: Fan) => number): Initialiser {
  return (key, shape, fan) => {
    const bound = Math.sqrt(3 * variance(fan));
    return key.uniform(shape, -bound, bound);
  };
}

function normal(variance: (fan: Fan) => number): Initialiser {
  return (key, shape, fan) => tf.tidy(() => tf.mul(Math.sqrt(variance(fan)), key.normal(shape)));
}
