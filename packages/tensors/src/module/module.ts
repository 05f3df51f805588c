import * as tf from '@tensorflow/tfjs';
import type { Tensor, Variable } from '../types.js';

/**
 * Holds weights.
 *
 * Fields that are variables, modules, or arrays of either are found by themselves, in the order of their
 * declaration; nothing needs to be registered. TypeScript's `private` fields are found too, JavaScript's `#private` ones
 * are not. Fields that are plain tensors are constants: disposed with the module, neither trained nor saved. State
 * that is saved but not trained is a variable with `trainable = false`.
 *
 * @example
 * ```ts
 * import { Module, parameter, type Tensor } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * class Scale extends Module {
 *   private readonly factor = parameter(() => tf.ones([2]));
 *   apply = (x: Tensor) => tf.mul(x, this.factor);
 * }
 *
 * const scale = new Scale();
 * console.log([...scale.namedParameters().keys()]); // ['factor']
 * scale.dispose();
 * ```
 */
export abstract class Module {
  /** The trainable variables, in definition order, those of nested modules included; a shared one once. */
  parameters(): Variable[] {
    return [...this.namedParameters().values()];
  }

  /** The trainable variables by path, such as `steps.0.conditioner.net.layers.1.weight`. */
  namedParameters(): Map<string, Variable> {
    return new Map([...this.namedVariables()].filter(([, variable]) => variable.trainable));
  }

  /** Every variable by path: what a saved model holds. One that is reached twice has the path met first. */
  namedVariables(): Map<string, Variable> {
    const found = new Map<string, Variable>();
    const seen = new Set<Variable>();
    for (const [path, tensor] of tensorsOf(this, '')) {
      if (!isVariable(tensor) || seen.has(tensor)) continue;
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
  holder: object,
  path: string,
  seen = new Set<unknown>(),
): Generator<[string, Tensor]> {
  if (holder instanceof tf.Tensor) {
    yield [path, holder];
    return;
  }
  if (!(holder instanceof Module || Array.isArray(holder)) || seen.has(holder)) return;
  seen.add(holder);
  // Lists may be long rows of numbers, such as an adjacency: only objects are worth a visit.
  const fields = Array.isArray(holder) ? holder.entries() : Object.entries(holder);
  for (const [name, value] of fields)
    if (typeof value === 'object' && value !== null)
      yield* tensorsOf(value as object, path === '' ? String(name) : `${path}.${name}`, seen);
}

function isVariable(tensor: Tensor): tensor is Variable {
  return tensor instanceof tf.Variable;
}

/**
 * A trainable variable that starts at `value`.
 *
 * @param value any shape: a tensor, which stays the caller's to dispose, or a function that makes one
 */
export function parameter(value: Tensor | (() => Tensor)): Variable {
  return variable(value, true);
}

/**
 * A variable that is saved with its module and not trained, such as a running statistic.
 *
 * @param value any shape: a tensor, which stays the caller's to dispose, or a function that makes one
 */
export function state(value: Tensor | (() => Tensor)): Variable {
  return variable(value, false);
}

/** A tensor that outlives the surrounding `tf.tidy`: a module's mask or constant. */
export function constant(value: () => Tensor): Tensor {
  return tf.keep(tf.tidy(value));
}

function variable(value: Tensor | (() => Tensor), trainable: boolean): Variable {
  // tfjs insists on unique names across the whole process; ours are the paths of `namedParameters`.
  return tf.tidy(() => tf.variable(typeof value === 'function' ? value() : value, trainable));
}
