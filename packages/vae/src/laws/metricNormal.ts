import { DiagonalNormal, Distribution } from '@pushforward/distributions';
import type { Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** Normal features around those of a centre: the density is that of phi(x), and the centre stands for draws of x. */
export class MetricNormal extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  /**
   * @param centre shape `[...batch, D]`
   * @param scale > 0, shape `[]`
   * @param features phi, from D numbers to F
   */
  constructor(
    readonly centre: Tensor,
    readonly scale: Tensor,
    private readonly features: Network,
  ) {
    super();
    this.eventShape = centre.shape.slice(-1);
    this.batchShape = centre.shape.slice(0, -1);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const law = new DiagonalNormal(this.features.apply(this.centre), this.scale);
      return law.logProb(this.features.apply(x));
    });
  }

  override sample(_key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.broadcastTo(this.centre, [...shape, ...this.centre.shape]);
  }
}
