/** Gradients of solutions that keep states and forget what led from one to the next. */
import * as tf from '@tensorflow/tfjs';
import { OptionError } from '../errors.js';
import { pullback } from '../ops/gradient.js';
import type { Tensor } from '../types.js';
import { type Field, slopeOf } from './field.js';

/** A solution, and how its gradient is found from what was kept of it. */
export interface Kept {
  /** `[T, ...shape of y]` */
  readonly solution: Tensor;
  /** The states that were kept, in one tensor. */
  readonly states: Tensor;
  /**
   * The products of dy with the derivatives of the solution.
   *
   * @param sources what else there is to differentiate with respect to: inputs, then variables
   * @returns of y0, then of the sources
   */
  readonly gradient: (dy: Tensor, states: Tensor, sources: readonly Tensor[]) => Tensor[];
  /** The same solution, of which everything is recorded: it can be differentiated again. */
  readonly again: (y0: Tensor, inputs: readonly Tensor[]) => Tensor;
}

/**
 * A solution with a gradient made from the states that were kept.
 *
 * It is the gradient of what was computed, "discretise then optimise": states are exact, and what lies between them is
 * computed again, step by step, when the gradient passes.
 */
export function keeping(
  field: Field,
  t0: number,
  y0: Tensor,
  inputs: readonly Tensor[],
  solve: (y0: Tensor, inputs: readonly Tensor[]) => Kept,
): Tensor {
  if (!tf.engine().isTapeOn()) return solve(y0, inputs).solution;
  const variables = variablesRead(field, t0, y0, inputs);
  return tf.customGrad((...args) => {
    const save = args.pop() as unknown as (saved: Tensor[]) => void;
    const [y0, ...sources] = args as [Tensor, ...Tensor[]];
    const kept = solve(y0, sources.slice(0, inputs.length));
    save([y0, ...sources.slice(0, inputs.length), kept.states]);
    return {
      value: kept.solution,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const own = saved.slice(0, -1);
        const again = (y0: Tensor, ...sources: Tensor[]) =>
          kept.again(y0, sources.slice(0, inputs.length));
        return tf.engine().isTapeOn()
          ? pullback(again, [...own, ...variables], dy)
          : kept.gradient(dy, saved.at(-1)!, [...own.slice(1), ...variables]);
      },
    };
  })(y0, ...inputs, ...variables);
}

/**
 * The variables that a field reads by itself, found by asking it once.
 *
 * @throws OptionError where it reads what was computed on the way here and is not among the inputs
 */
function variablesRead(
  field: Field,
  t0: number,
  y0: Tensor,
  inputs: readonly Tensor[],
): tf.Variable[] {
  const { state } = tf.engine();
  const outer = state.activeTape;
  state.activeTape = [];
  try {
    tf.tidy(() => slopeOf(field, inputs.map(tf.clone))(t0, tf.clone(y0)));
    const handed = new Set([y0, ...inputs].map(({ id }) => id));
    const read = new Set(state.activeTape.flatMap((entry) => Object.values(entry.inputs)));
    const computed = new Set(outer.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
    for (const { id, shape } of read)
      if (computed.has(id) && !handed.has(id))
        throw new OptionError(
          `odeSolve: the field reads a tensor of shape [${shape.join(', ')}] that has been computed from others and ` +
            'would be given no gradient. Pass it in the option inputs; the field gets it after t and y.',
        );
    const { registeredVariables } = tf.engine();
    const ids = new Set([...read].map(({ id }) => id));
    return Object.values(registeredVariables).filter(
      ({ id, trainable }) => trainable && ids.has(id),
    );
  } finally {
    for (const { saved } of state.activeTape) tf.dispose(saved);
    state.activeTape = outer;
  }
}
