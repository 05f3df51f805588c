import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { affine, type Pairs, Sampler, type Step } from './sampler.js';
import { halfLogSnrGain, signalRatio } from './signalRatio.js';

/**
 * DPM-Solver++(2M), of order 2: an exponential integrator of the probability-flow equation in half the log-SNR, whose mean of x
 * runs on along the line through this mean and the last. It asks the denoiser once for each step.
 *
 * x_s = sigma_s / sigma_t x_t + alpha_s (1 - r) (mean + w (mean - last mean)), w = h / (2 h of the step before); w = 0 at first.
 *
 * Source: Lu et al., "DPM-Solver++: fast solver for guided sampling of diffusion probabilistic models", arXiv:2211.01095,
 * algorithm 2.
 */
export function dpmSolverPlusPlus(): Sampler {
  return new SecondOrderMultistep();
}

class SecondOrderMultistep extends Sampler {
  override readonly isRandom = false;
  override readonly memory = 1;

  override plan(pairs: Pairs): readonly Tensor[] {
    const { from, to } = pairs;
    const h = halfLogSnrGain(pairs);
    const steps = h.shape[0];
    const later = tf.div(tf.slice(h, 1, steps - 1), tf.mul(2, tf.slice(h, 0, steps - 1)));
    const weight = tf.concat([tf.zeros([1]), later]);
    const total = tf.mul(to.alpha, tf.sub(1, signalRatio(pairs)));
    return [
      tf.div(to.sigma, from.sigma),
      tf.mul(total, tf.add(1, weight)),
      tf.neg(tf.mul(total, weight)),
    ];
  }

  override step({ x, memory, t, numbers, denoise }: Step): readonly Tensor[] {
    const { mean } = denoise(x, t);
    return [affine(numbers, [x, mean, ...memory]), mean];
  }
}
