import type * as tf from '@tensorflow/tfjs';

/** A TensorFlow.js tensor. Shapes in this project are written `[...batch, ...event]`. */
export type Tensor = tf.Tensor;

/** A learnable or stateful tensor. */
export type Variable = tf.Variable;

/** Anything that can be read as a tensor of numbers. */
export type TensorLike = Tensor | number | readonly number[] | readonly (readonly number[])[];
