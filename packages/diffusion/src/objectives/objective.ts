import {
  type Batch,
  checkContext,
  checkEvent,
  type Key,
  Module,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';

/** Makes of a denoiser the loss that training minimises. */
export abstract class DenoisingObjective extends Module {
  /**
   * An estimate of the loss of every row, by times and noise from the key; its tensors are the surrounding `tf.tidy`'s.
   *
   * @param batch x `[...batch, ...event]`, and the context `[...batch, contextSize]`, or one that broadcasts to it
   * @returns shape `[...batch]`
   */
  protected abstract estimate(denoiser: Denoiser, batch: Batch, key: Key): Tensor;

  /**
   * An estimate of the loss of every row, whose mean over keys is the loss; in nats, where the objective is a bound.
   *
   * @param batch x `[...batch, ...event]`, and the context `[...batch, contextSize]` of a conditional denoiser
   * @returns shape `[...batch]`
   * @throws ShapeError where shapes do not fit
   */
  rowLosses(denoiser: Denoiser, batch: Batch, key: Key): Tensor {
    checkEvent(this.constructor.name, batch.x, denoiser.eventShape);
    checkContext(this.constructor.name, denoiser.contextSize, batch.context);
    return tf.tidy(() => this.estimate(denoiser, batch, key));
  }

  /** The mean of {@link rowLosses}. */
  loss(denoiser: Denoiser, batch: Batch, key: Key): Tensor {
    return tf.tidy(() => tf.mean(this.rowLosses(denoiser, batch, key)));
  }
}
