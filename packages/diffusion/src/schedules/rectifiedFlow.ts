import type { Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Levels, Schedule, type Slopes } from './schedule.js';

class RectifiedFlow extends Schedule {
  override readonly startsClean = true;
  override readonly preservesVariance = false;
  override readonly endsInNoise = true;

  override at(t: Tensor): Levels {
    return tf.tidy(() => ({ alpha: tf.sub(1, t), sigma: tf.clone(t) }));
  }

  override slopes(t: Tensor): Slopes {
    return tf.tidy(() => ({ alpha: tf.fill(t.shape, -1), variance: tf.mul(2, t) }));
  }
}

/**
 * The straight lines of rectified flows and of flow matching with optimal transport: alpha = 1 - t, sigma = t, so that
 * dx_t/dt = eps - x.
 *
 * Source: Liu, Gong and Liu, "Flow straight and fast", arXiv:2209.03003; Lipman et al., "Flow matching for generative modeling",
 * arXiv:2210.02747, with time turned around.
 */
export function rectifiedFlow(): Schedule {
  return new RectifiedFlow();
}
