import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { affine, type Pairs, Sampler, type Step } from './sampler.js';
import { signalRatio } from './signalRatio.js';

/**
 * Heun's method for the probability-flow equation d(x / alpha) = noise d(sigma / alpha), of order 2: a step of Euler's, then the
 * same with the mean of the slopes at both ends. It asks the denoiser twice for each step but the last.
 *
 * A step from no signal at all is Euler's, for x / alpha has no bound there.
 *
 * Source: Karras, Aittala, Aila and Laine, "Elucidating the design space of diffusion-based generative models",
 * arXiv:2206.00364, algorithm 1.
 */
export function heun(): Sampler {
  return new Heun();
}

class Heun extends Sampler {
  override readonly isRandom = false;

  override plan({ from, to }: Pairs): readonly Tensor[] {
    const ratio = signalRatio({ from, to });
    // alpha_s (sigma_s / alpha_s - sigma_t / alpha_t) / 2 = sigma_s (1 - 1 / r) / 2
    const half = tf.mul(0.5, tf.mul(to.sigma, tf.divNoNan(tf.sub(ratio, 1), ratio)));
    return [tf.div(to.sigma, from.sigma), tf.mul(to.alpha, tf.sub(1, ratio)), half];
  }

  override step({ x, t, s, numbers, denoise }: Step): readonly Tensor[] {
    const [ofX, ofMean, half] = numbers as [Tensor, Tensor, Tensor];
    const here = denoise(x, t);
    const there = affine([ofX, ofMean], [x, here.mean]);
    const bend = tf.sub(denoise(there, s).noise, here.noise);
    return [tf.add(there, tf.mul(half, bend))];
  }
}
