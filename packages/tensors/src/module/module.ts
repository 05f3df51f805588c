import * as tf from '@tensorflow/tfjs';
import type { Tensor, Variable } from '../types.js';

/**
 * Holds weights.
 *
 * Fields that are variables, modules, or arrays of either are found by themselves, in the order in which they were
 * assigned; nothing needs to be registered. Fields that are plain tensors are constants: disposed with the module,
 * neither trained nor saved. State that is saved but not trained is a variable with `trainable = false`.
 */
export abstract class Module {
  /** The trainable variables, in definition order, those of nested modules included. */
  parameters(): Variable[] {
    return [...this.namedParameters().values()];
  }

  /** The trainable variables by path, such as `steps.0.conditioner.net.layers.1.weight`. */
  namedParameters(): Map<string, Variable> {
    return new Map([...this.namedVariables()].filter(([, variable]) => variable.trainable));
  }

  /** Every variable by path: what a saved model holds. */
  namedVariables(): Map<string, Variable> {
    const found = new Map<string, Variable>();
    const seen = new Set<Variable>();
    for (const [path, tensor] of tensorsOf(this, '')) {
      if (!(tensor instanceof tf.Variable) || seen.has(tensor)) continue;
      seen.add(tensor);
      found.set(path, tensor);
    }
    return found;
  }

  /** Frees every variable and constant of this module and of those nested in it. Calling it twice is harmless. */
  dispose(): void {
    for (const [, tensor] of tensorsOf(this, '')) if (!tensor.isDisposed) tensor.dispose();
  }
}

/** Every tensor that `holder` reaches through its fields, with its path; a module met twice is walked once. */
function* tensorsOf(
  holder: unknown,
  path: string,
  seen = new Set<unknown>(),
): Generator<[string, Tensor]> {
  if (holder instanceof tf.Tensor) {
    yield [path, holder];
    return;
  }
  // Lists of numbers, such as a graph, hold nothing and can be long.
  const list = Array.isArray(holder) && typeof holder[0] === 'object';
  if (!(holder instanceof Module || list) || seen.has(holder)) return;
  seen.add(holder);
  for (const [name, value] of Object.entries(holder))
    yield* tensorsOf(value, path === '' ? name : `${path}.${name}`, seen);
}

/**
 * A trainable variable that starts at `value`.
 *
 * @param value any shape; not disposed
 */
export function parameter(value: Tensor): Variable {
  // tfjs insists on unique names across the whole process; ours are the paths of `namedParameters`.
  return tf.tidy(() => tf.variable(value, true));
}

/**
 * A variable that is saved with its module and not trained, such as a running statistic.
 *
 * @param value any shape; not disposed
 */
export function state(value: Tensor): Variable {
  return tf.tidy(() => tf.variable(value, false));
}

/** A tensor that outlives the surrounding `tf.tidy`: a module's mask or constant. */
export function constant(value: () => Tensor): Tensor {
  return tf.keep(tf.tidy(value));
}
