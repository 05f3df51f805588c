import { fanInUniform, scaled } from '@pushforward/nn';
import { type Key, Module, parameter, type Tensor, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Small rather than zero: an encoder whose own last layer starts at zero would never be told what its numbers do. */
const quiet = scaled(fanInUniform, 0.1);

/**
 * The numbers that select one map of a family: weights of their own and, where there is a context c, c A beside them.
 *
 * In a variational posterior c is what an encoder tells of x, and A is that step's part of the encoder's last layer.
 */
export class Selection extends Module {
  /** What they are without a context, shape `[P]`. */
  readonly weights: Variable;
  /** A, shape `[contextSize, P]`. */
  readonly ofContext: Variable | undefined;

  constructor(
    key: Key,
    readonly contextSize: number,
    start: () => Tensor,
  ) {
    super();
    this.weights = parameter(start);
    const { size } = this.weights;
    if (contextSize > 0)
      this.ofContext = parameter(() =>
        quiet(key, [contextSize, size], { in: contextSize, out: size }),
      );
  }

  /**
   * @param context shape `[..., contextSize]`
   * @returns shape `[..., P]`, or `[P]` without a context
   */
  at(context: Tensor | undefined): Tensor {
    if (this.ofContext === undefined) return this.weights;
    const rows = tf.reshape(context!, [-1, this.contextSize]);
    const selected = tf.add(tf.matMul(rows, this.ofContext), this.weights);
    return tf.reshape(selected, [...context!.shape.slice(0, -1), this.weights.size]);
  }
}
