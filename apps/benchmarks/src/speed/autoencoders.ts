import { DiagonalNormal, type Distribution } from '@pushforward/distributions';
import { MLP } from '@pushforward/nn';
import { exp, Key, type Module, type Tensor } from '@pushforward/tensors';
import {
  bernoulli,
  convolutionalDecoder,
  convolutionalEncoder,
  elbo,
  Family,
  type NetworkBuilder,
  type VAE,
  vae,
} from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { Uniform } from './data.js';
import { diffusionOf } from './diffusions.js';
import type { AutoencoderWorkload } from './workloads.js';

/** Normal laws told by their means and the logarithms of their variances. */
class LogVariance extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(latent: number) {
    super();
    this.eventShape = [latent];
    this.parameterCount = 2 * latent;
  }

  override law(parameters: Tensor): Distribution {
    const [loc, logVariance] = tf.split(parameters, 2, -1);
    return new DiagonalNormal(loc!, exp(tf.mul(0.5, logVariance!)));
  }
}

/** The auto-encoder of a workload at its canonical start. */
export function autoencoderOf(workload: AutoencoderWorkload): VAE {
  const { features, latent, networks, hidden, prior } = workload;
  const shape = { image: [28, 28, 1], channels: hidden, linearPath: false } as const;
  const perceptron: NetworkBuilder = (key, sizes) => new MLP(key, { ...sizes, hidden });
  // Half of the squared error of the noise is what the bounds of diffusion models are made of, but for their weights.
  const diffusion = prior && diffusionOf(prior, latent, 0.5);
  const model = vae(Key.from(0), {
    likelihood: bernoulli(features),
    posterior: new LogVariance(latent),
    encoder: networks === 'perceptron' ? perceptron : convolutionalEncoder(shape),
    decoder: networks === 'perceptron' ? perceptron : convolutionalDecoder(shape),
    ...(diffusion && { prior: diffusion }),
    objective: elbo({ form: diffusion ? 'entropy' : 'divergence' }),
  });
  const uniform = new Uniform(1);
  // The workloads tell the encoder's weights first, those of the prior last.
  for (const part of [model.posterior, model.likelihood, model.prior])
    start(part, uniform, workload);
  return model;
}

/** Sets all weights to (2u - 1) / sqrt(numbers that an output is the sum of). */
function start(part: Module, uniform: Uniform, workload: AutoencoderWorkload): void {
  let fan = 1;
  for (const variable of part.parameters()) {
    if (variable.rank > 1) fan = variable.size / variable.shape.at(-1)!;
    const values = Float32Array.from(
      { length: variable.size },
      () => (2 * uniform.next() - 1) / Math.sqrt(fan),
    );
    tf.tidy(() => {
      variable.assign(tf.reshape(inOurOrder(values, variable.shape, workload), variable.shape));
    });
  }
}

/** The workloads have channels before rows and columns, and filters from outputs to offsets; ours are the other way round. */
function inOurOrder(
  values: Float32Array,
  shape: readonly number[],
  { networks, hidden }: AutoencoderWorkload,
): Tensor {
  const [rows, columns, inputs, outputs] = shape;
  if (shape.length === 4)
    return tf.transpose(tf.tensor(values, [outputs!, inputs!, rows!, columns!]), [2, 3, 1, 0]);
  const smallest = [hidden.at(-1)!, 28 / 2 ** hidden.length, 28 / 2 ** hidden.length];
  const isFlat = (size: number) =>
    networks === 'convolutional' && size === tf.util.sizeFromShape(smallest);
  const axes: number[] = [];
  const order: number[] = [];
  for (const size of shape) {
    const at = axes.length;
    order.push(...(isFlat(size) ? [at + 1, at + 2, at] : [at]));
    axes.push(...(isFlat(size) ? smallest : [size]));
  }
  return tf.transpose(tf.tensor(values, axes), order);
}
