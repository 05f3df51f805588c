import type { Distribution } from '@pushforward/distributions';
import type { Key, Tensor, Variable } from '@pushforward/tensors';
import type { VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { autoencoderOf } from './autoencoders.js';
import { flowOf } from './models.js';
import type { Workload } from './workloads.js';

/** What is timed of a workload. */
export interface Subject {
  readonly parameters: Variable[];
  /** The mean over a batch, in nats. */
  readonly loss: (x: Tensor, key: Key) => Tensor;
  /** So many points, or the means of so many images. */
  readonly sample: (key: Key, count: number) => Tensor;
}

/** The model of a workload at its canonical start. */
export function subjectOf(workload: Workload): Subject {
  return 'networks' in workload ? images(autoencoderOf(workload)) : points(flowOf(workload));
}

function points(flow: Distribution): Subject {
  return {
    parameters: flow.parameters(),
    loss: (x, key) => flow.loss({ x }, key),
    sample: (key, count) => flow.sample(key, [count]),
  };
}

function images(model: VAE): Subject {
  return {
    parameters: model.parameters(),
    loss: (x, key) => model.loss({ x }, key),
    sample: (key, count) =>
      tf.tidy(() => model.likelihoodAt(model.prior.sample(key, [count])).mean!()),
  };
}
