import { DomainError, Module, type Tensor, type TensorLike } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * What a law accepts as a parameter.
 *
 * Numbers and arrays stay what they are, so such a law owns no tensor. A tensor, perhaps the output of a network, is
 * used as it is, with its gradient; a variable is trained. A {@link Constrained} parameter is trained within its range.
 */
export type ParameterLike = TensorLike | Constrained;

/** A trainable parameter that obeys a constraint: it is given constrained and stored unconstrained. */
export abstract class Constrained extends Module {
  /** Shape of the parameter. */
  abstract readonly shape: readonly number[];

  /** The parameter as the law uses it, of shape `shape`; its gradient reaches the stored variable. */
  abstract value(): Tensor;
}

/**
 * The parameter as a tensor, to be used inside a `tf.tidy`: what laws of one's own do with what they are given.
 *
 * @returns shape of the parameter; a tensor is itself, with its gradient
 */
export function tensorOf(value: ParameterLike): Tensor {
  if (value instanceof Constrained) return value.value();
  if (value instanceof tf.Tensor) return value;
  return tf.tensor(value, undefined, 'float32');
}

/** The shape of a parameter, known without computing it. */
export function shapeOf(value: ParameterLike): readonly number[] {
  if (value instanceof Constrained || value instanceof tf.Tensor) return value.shape;
  if (typeof value === 'number') return [];
  const [first] = value;
  return typeof first === 'object' ? [value.length, first.length] : [value.length];
}

/** Throws a {@link DomainError} for numbers that are not > 0; tensors are not read. */
export function checkPositive(where: string, value: ParameterLike): void {
  for (const number of numbersOf(value))
    if (!(number > 0 && number < Infinity))
      throw new DomainError(`${where} must be positive and finite, got ${number}.`);
}

/** Throws a {@link DomainError} for a matrix of numbers whose diagonal is not > 0; tensors are not read. */
export function checkDiagonal(where: string, value: ParameterLike): void {
  if (!Array.isArray(value)) return;
  for (const [i, row] of (value as readonly (number | readonly number[])[]).entries())
    if (typeof row === 'object' && !(row[i]! > 0))
      throw new DomainError(`${where} must have a positive diagonal, got ${row[i]!}.`);
}

/** Throws a {@link DomainError} for numbers that are not finite; tensors are not read. */
export function checkFinite(where: string, value: ParameterLike): void {
  for (const number of numbersOf(value))
    if (!Number.isFinite(number)) throw new DomainError(`${where} must be finite, got ${number}.`);
}

/** The numbers of a parameter that is not a tensor; none of one that is. */
export function numbersOf(value: ParameterLike): readonly number[] {
  if (value instanceof Constrained || value instanceof tf.Tensor) return [];
  return typeof value === 'number' ? [value] : value.flat();
}
