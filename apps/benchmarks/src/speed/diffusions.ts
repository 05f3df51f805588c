import {
  ancestral,
  DiffusionModel,
  linearBetas,
  networkDenoiser,
  simple,
} from '@pushforward/diffusion';
import { TimedMLP, TimedNetwork } from '@pushforward/nn';
import { Key, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Uniform } from './data.js';
import type { DiffusionSizes } from './workloads.js';

/** T. */
const STEPS = 100;
const BETAS = { steps: STEPS, start: 1e-4, end: 0.1 };

/** A perceptron that is told of steps 0, .., T - 1 where the schedule has times 1 / T, .., 1. */
class Counting extends TimedNetwork {
  override readonly eventShape: readonly number[];
  override readonly outputShape: readonly number[];

  constructor(private readonly inner: TimedMLP) {
    super();
    this.eventShape = inner.eventShape;
    this.outputShape = inner.outputShape;
  }

  override apply(x: Tensor, t: Tensor): Tensor {
    return tf.tidy(() => this.inner.apply(x, tf.sub(tf.mul(STEPS, t), 1)));
  }
}

/**
 * The diffusion model of a workload at its canonical start.
 *
 * @param features numbers of what it is a law of
 * @param weight of the squared error of the noise
 */
export function diffusionOf(sizes: DiffusionSizes, features: number, weight = 1): DiffusionModel {
  const { hidden, timeFeatures } = sizes;
  const options = { features, hidden, timeFeatures, timeScale: 1, lastScale: 1 };
  const network = new TimedMLP(Key.from(0), options);
  start(network, new Uniform(1));
  return new DiffusionModel({
    denoiser: networkDenoiser(new Counting(network), linearBetas(BETAS)),
    objective: simple({ weight: () => tf.scalar(weight) }),
    sampling: { sampler: ancestral({ variance: 'beta' }) },
  });
}

/** Sets all weights to (2u - 1) / sqrt(inputs of the layer). */
function start(network: TimedNetwork, uniform: Uniform): void {
  let fan = 1;
  for (const variable of network.parameters()) {
    if (variable.rank === 2) fan = variable.shape[0]!;
    const values = Float32Array.from(
      { length: variable.size },
      () => (2 * uniform.next() - 1) / Math.sqrt(fan),
    );
    tf.tidy(() => {
      variable.assign(tf.tensor(values, variable.shape));
    });
  }
}
