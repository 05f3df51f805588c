import { type Distribution, Independent, Normal } from '@pushforward/distributions';
import { checkAbove, exp, parameter, type Tensor, type Variable } from '@pushforward/tensors';
import { Family } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** A bound below the noise: what is reproduced exactly would have no bound above its density. */
const FLOOR = 1e-5;

/**
 * Trajectories with independent normal noise, of one standard deviation for each number that is seen: N(h, sigma_o^2).
 *
 * The numbers that select a law are the states of the trajectory without noise, flattened.
 */
export class TrajectoryNormal extends Family {
  /** `[T, ...grid, O]`. */
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  private readonly logScale: Variable;

  /**
   * @param scale where the standard deviations start, > 1e-5
   * @throws DomainError for another
   */
  constructor(eventShape: readonly number[], scale: number) {
    super();
    checkAbove('TrajectoryNormal', 'the noise', scale, FLOOR);
    this.eventShape = eventShape;
    this.parameterCount = tf.util.sizeFromShape([...eventShape]);
    this.logScale = parameter(() => tf.fill([eventShape.at(-1)!], Math.log(scale - FLOOR)));
  }

  /** The standard deviations, shape `[O]`. */
  scale(): Tensor {
    return tf.tidy(() => tf.add(FLOOR, exp(this.logScale)));
  }

  /** Stores standard deviations, `[O]`: those of residuals, such as of the training data. */
  assign(scale: Tensor): void {
    tf.tidy(() => {
      this.logScale.assign(tf.log(tf.maximum(tf.sub(scale, FLOOR), FLOOR)));
    });
  }

  override law(states: Tensor): Distribution {
    const mean = tf.reshape(states, [...states.shape.slice(0, -1), ...this.eventShape]);
    return new Independent(new Normal(mean, this.scale()), this.eventShape.length);
  }
}
