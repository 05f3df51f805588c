import {
  checkCount,
  checkEvent,
  type Key,
  Module,
  ShapeError,
  sigmoid,
  type Tensor,
  tanh,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Linear } from './linear.js';

/**
 * A gated recurrent unit: what it remembers of a sequence after each of its steps.
 *
 * With h the state and u what is read: r = sigmoid(W_r u + U_r h), s = sigmoid(W_s u + U_s h),
 * n = tanh(W_n u + r U_n h), next h = (1 - s) n + s h, with a bias in each product. Weights lie as those of r, s and n,
 * one after the other.
 *
 * Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", arXiv:1406.1078; r after the product
 * as in cuDNN.
 *
 * @example
 * ```ts
 * import { GRU } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 * const gru = new GRU(Key.from(1), 2, 16);
 * const states = gru.apply(Key.from(2).normal([10, 20, 2])); // [10, 20, 16], of twenty steps
 * const next = gru.step(Key.from(3).normal([10, 2]), tf.zeros([10, 16])); // [10, 16]
 * ```
 */
export class GRU extends Module {
  /** From what a step reads, of W. */
  readonly read: Linear;
  /** From the state, of U. */
  readonly recall: Linear;

  /**
   * @param inputs numbers read at each step
   * @param size numbers of the state
   * @throws DomainError unless both are positive integers
   */
  constructor(
    key: Key,
    readonly inputs: number,
    readonly size: number,
  ) {
    super();
    checkCount('GRU', 'inputs', inputs, 1);
    checkCount('GRU', 'size', size, 1);
    const [forRead, forRecall] = key.split(2);
    this.read = new Linear(forRead, inputs, 3 * size);
    this.recall = new Linear(forRecall, size, 3 * size);
  }

  /**
   * The state after each step.
   *
   * @param x shape `[..., T, inputs]`
   * @param start before the first step, shape `[..., size]`; zeros by default
   * @returns shape `[..., T, size]`
   * @throws ShapeError where shapes do not fit
   */
  apply(x: Tensor, start?: Tensor): Tensor {
    return tf.tidy(() => {
      const states = this.states(x, start);
      const all = states.length === 1 ? states[0]! : tf.stack(states, 1);
      return tf.reshape(all, [...x.shape.slice(0, -1), this.size]);
    });
  }

  /**
   * The state after the last step: what is remembered of the whole sequence.
   *
   * @param x shape `[..., T, inputs]`
   * @param start before the first step, shape `[..., size]`; zeros by default
   * @returns shape `[..., size]`
   * @throws ShapeError where shapes do not fit
   */
  last(x: Tensor, start?: Tensor): Tensor {
    return tf.tidy(() =>
      tf.reshape(this.states(x, start).at(-1)!, [...x.shape.slice(0, -2), this.size]),
    );
  }

  /**
   * The state after one step more.
   *
   * @param x what is read, shape `[..., inputs]`
   * @param state before it, shape `[..., size]`
   * @returns shape `[..., size]`
   * @throws ShapeError where shapes do not fit
   */
  step(x: Tensor, state: Tensor): Tensor {
    return tf.tidy(() => {
      const batch = x.shape.slice(0, -1);
      const read = tf.reshape(this.read.apply(x), [-1, 3 * this.size]);
      const next = this.next(read, this.stateOf(batch, read.shape[0], state));
      return tf.reshape(next, [...batch, this.size]);
    });
  }

  /** After each step, `[N, size]`. */
  private states(x: Tensor, start: Tensor | undefined): Tensor[] {
    checkEvent('GRU', x, [this.inputs]);
    const batch = x.shape.slice(0, -2);
    const steps = x.shape.at(-2);
    if (!steps) throw new ShapeError(`GRU: a sequence of one step at least is needed, got none.`);
    const count = batch.reduce((size, n) => size * n, 1);
    // All steps are read at once: one product of matrices.
    const read = this.read.apply(tf.reshape(x, [count, steps, this.inputs]));
    let state = this.stateOf(batch, count, start);
    // Unstacked into one, or a stack of one, a tensor has no gradients.
    const ofSteps = steps === 1 ? [tf.squeeze(read, [1])] : tf.unstack(read, 1);
    return ofSteps.map((step) => {
      state = this.next(step, state);
      return state;
    });
  }

  private stateOf(batch: readonly number[], count: number, state: Tensor | undefined): Tensor {
    if (state === undefined) return tf.zeros([count, this.size]);
    if (state.shape.join() !== [...batch, this.size].join())
      throw new ShapeError(
        `GRU: a state of shape [${[...batch, this.size].join(', ')}] is needed, got [${state.shape.join(', ')}].`,
      );
    return tf.reshape(state, [count, this.size]);
  }

  private next(read: Tensor, state: Tensor): Tensor {
    const parts = [2 * this.size, this.size];
    const [toGates, toCandidate] = tf.split(read, parts, 1) as [Tensor, Tensor];
    const [gatesBefore, candidateBefore] = tf.split(this.recall.apply(state), parts, 1) as [
      Tensor,
      Tensor,
    ];
    const gates = sigmoid(tf.add(toGates, gatesBefore));
    const [reset, kept] = tf.split(gates, 2, 1) as [Tensor, Tensor];
    const candidate = tanh(tf.add(toCandidate, tf.mul(reset, candidateBefore)));
    return tf.add(candidate, tf.mul(kept, tf.sub(state, candidate)));
  }
}
