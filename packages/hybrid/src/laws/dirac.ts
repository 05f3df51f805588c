import { Distribution } from '@pushforward/distributions';
import { type Key, OptionError, type Tensor } from '@pushforward/tensors';
import { Family } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** All of the probability at one point. */
export class Dirac extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  constructor(private readonly point: Tensor) {
    super();
    this.eventShape = point.shape.slice(-1);
    this.batchShape = point.shape.slice(0, -1);
  }

  /** @throws OptionError always: a point has no density */
  override logProb(): Tensor {
    throw new OptionError(
      'dirac: a point has no density, so no bound is made of it; take the objective aphynity, or another posterior.',
    );
  }

  override sample(_key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.broadcastTo(this.point, [...shape, ...this.point.shape]);
  }

  override mean(): Tensor {
    return tf.clone(this.point);
  }
}

/** The points that numbers are. */
class Points extends Family {
  override readonly eventShape: readonly number[];

  constructor(override readonly parameterCount: number) {
    super();
    this.eventShape = [parameterCount];
  }

  override law(parameters: Tensor): Distribution {
    return new Dirac(parameters);
  }
}

/**
 * Laws that are certain, each at the point that the encoder tells: posteriors that know no doubt. They have no density.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.2.1.
 *
 * @param features numbers of a point
 */
export function dirac(features: number): Family {
  return new Points(features);
}
