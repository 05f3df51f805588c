import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Pairs } from './sampler.js';

/** r = (alpha_t / sigma_t) / (alpha_s / sigma_s), shape `[K]`, in [0, 1): 0 where there is no signal at t. */
export function signalRatio({ from, to }: Pairs): Tensor {
  return tf.mul(tf.div(to.sigma, from.sigma), tf.div(from.alpha, to.alpha));
}

/** Half the gain in log-SNR, h = -log r, shape `[K]`: finite, but very large, where there is no signal at t. */
export function halfLogSnrGain(pairs: Pairs): Tensor {
  return tf.neg(tf.log(tf.maximum(signalRatio(pairs), 1e-30)));
}
