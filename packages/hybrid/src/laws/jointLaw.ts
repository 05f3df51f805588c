import { Distribution } from '@pushforward/distributions';
import { broadcastShapes, type Key, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** The law of vectors side by side that are independent of each other. */
export class JointLaw extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];

  /**
   * @param parts unconditional laws of vectors
   * @throws ShapeError for laws of anything else
   */
  constructor(readonly parts: readonly Distribution[]) {
    super();
    if (parts.some((part) => part.eventShape.length !== 1 || part.contextSize > 0))
      throw new ShapeError('JointLaw: its parts must be unconditional laws of vectors [D].');
    this.eventShape = [parts.reduce((sum, { eventShape }) => sum + eventShape[0]!, 0)];
    this.batchShape = broadcastShapes('JointLaw', ...parts.map(({ batchShape }) => batchShape));
  }

  override get reparameterised(): boolean {
    return this.parts.every((part) => part.reparameterised);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const columns = tf.split(x, this.sizes(), -1);
      return tf.addN(this.parts.map((part, i) => part.logProb(columns[i]!)));
    });
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => {
      const keys = key.split(this.parts.length);
      return this.beside(
        shape,
        this.parts.map((part, i) => part.sample(keys[i]!, this.drawsOf(part, shape))),
      );
    });
  }

  override sampleAndLogProb(
    key: Key,
    shape: readonly number[] = [],
    context?: Tensor,
  ): [Tensor, Tensor] {
    this.check(context);
    return tf.tidy(() => {
      const keys = key.split(this.parts.length);
      const drawn = this.parts.map((part, i) =>
        part.sampleAndLogProb(keys[i]!, this.drawsOf(part, shape)),
      );
      const logProb = drawn.map(([, logProb]) => logProb).reduce((sum, one) => tf.add(sum, one));
      return [
        this.beside(
          shape,
          drawn.map(([x]) => x),
        ),
        logProb,
      ];
    });
  }

  private sizes(): number[] {
    return this.parts.map(({ eventShape }) => eventShape[0]!);
  }

  /** A part that holds fewer laws than the whole is drawn from for each of those. */
  private drawsOf(part: Distribution, shape: readonly number[]): number[] {
    const missing = this.batchShape.slice(0, this.batchShape.length - part.batchShape.length);
    return [...shape, ...missing];
  }

  private beside(shape: readonly number[], columns: readonly Tensor[]): Tensor {
    const rows = [...shape, ...this.batchShape];
    return tf.concat(
      columns.map((column) => tf.broadcastTo(column, [...rows, column.shape.at(-1)!])),
      -1,
    );
  }
}
