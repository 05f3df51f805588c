import type { Distribution } from '@pushforward/distributions';
import type { Key, Tensor, Variable } from '@pushforward/tensors';
import type { VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { autoencoderOf } from './autoencoders.js';
import { diffusionOf } from './diffusions.js';
import { flowOf } from './models.js';
import { HybridPendulum } from './pendulums.js';
import type { Workload } from './workloads.js';

/** What is timed of a workload. */
export interface Subject {
  readonly parameters: Variable[];
  /** The mean over a batch. */
  readonly loss: (x: Tensor, key: Key) => Tensor;
  /** So many points, means of so many images, or so many trajectories. */
  readonly sample: (key: Key, count: number) => Tensor;
}

/** The model of a workload at its canonical start. */
export function subjectOf(workload: Workload): Subject {
  if ('networks' in workload) return images(autoencoderOf(workload));
  if ('memory' in workload) return trajectories(new HybridPendulum(workload));
  return points('map' in workload ? flowOf(workload) : diffusionOf(workload, workload.features));
}

function points(law: Distribution): Subject {
  return {
    parameters: law.parameters(),
    loss: (x, key) => law.loss({ x }, key),
    sample: (key, count) => law.sample(key, [count]),
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

function trajectories(model: HybridPendulum): Subject {
  return {
    parameters: model.parameters(),
    loss: (x) => model.loss(x),
    sample: (_, count) => model.trajectories(count),
  };
}
