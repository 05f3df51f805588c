import { type Batch, type Key, type Learner, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Adam } from './adam.js';
import type { Average } from './average.js';
import { clipByGlobalNorm } from './clip.js';

/** One training step: loss, gradients, update. It reads and assigns tensors and variables only. */
export type Step = (batch: Batch, key: Key, learningRate: Tensor) => Tensor;

/** The step that `fit` repeats. */
export function trainingStep(
  learner: Learner,
  optimiser: Adam,
  average: Average | undefined,
  clipNorm: number | undefined,
): Step {
  const parameters = learner.parameters();
  return (batch, key, learningRate) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const loss = learner.loss(batch, key);
        if (loss.rank !== 0)
          throw new ShapeError(
            `fit: the loss must be a scalar, got one of shape [${loss.shape.join(', ')}].`,
          );
        return loss as tf.Scalar;
      }, parameters);
      const gradients = parameters.map((parameter) => grads[parameter.name]);
      optimiser.update(
        clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm),
        learningRate,
      );
      average?.update();
      return value;
    });
}
