import * as tf from '@tensorflow/tfjs';

/** Numbers in any of the forms that tests meet. */
export type Numbers =
  | number
  | tf.Tensor
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Uint32Array
  | readonly Numbers[];

/** The numbers in row-major order, in double precision. */
export function valuesOf(numbers: Numbers): number[] {
  if (typeof numbers === 'number') return [numbers];
  if (numbers instanceof tf.Tensor) return Array.from(numbers.dataSync());
  if (Array.isArray(numbers)) return (numbers as readonly Numbers[]).flatMap(valuesOf);
  return Array.from(numbers as Float64Array);
}

/** The shape; undefined for typed arrays and uneven lists, which have none of their own. */
export function shapeOf(numbers: Numbers): number[] | undefined {
  if (typeof numbers === 'number') return [];
  if (numbers instanceof tf.Tensor) return numbers.shape;
  if (!Array.isArray(numbers)) return undefined;
  const [inner, ...others] = (numbers as readonly Numbers[]).map(shapeOf);
  if (numbers.length === 0) return [0];
  const isEven = inner && others.every((shape) => shape?.join() === inner.join());
  return isEven ? [numbers.length, ...inner] : undefined;
}
