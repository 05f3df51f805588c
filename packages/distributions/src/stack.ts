import {
  type Batch,
  broadcastShapes,
  type Key,
  OptionError,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';
import { contextFor, drawsFor } from './parts.js';

/** K laws, of any kind, as one law with a last batch axis of K. */
class Stack extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;

  constructor(readonly laws: readonly Distribution[]) {
    super();
    const [first] = laws;
    if (first === undefined) throw new OptionError('stack: at least one law is needed, got none.');
    this.eventShape = common('event shape', laws, (law) => law.eventShape);
    this.batchShape = [...common('batch shape', laws, (law) => law.batchShape), laws.length];
    const conditional = laws.filter((law) => law.contextSize > 0);
    this.contextSize = common('context size', conditional, (law) => [law.contextSize])[0] ?? 0;
    if (laws.every((law) => law.mean !== undefined))
      this.mean = (context) => this.each((law) => law.mean!(contextFor(law, context)), true);
    if (laws.every((law) => law.variance !== undefined))
      this.variance = (context) =>
        this.each((law) => law.variance!(contextFor(law, context)), true);
    if (laws.every((law) => law.entropy !== undefined))
      this.entropy = (context) => this.each((law) => law.entropy!(contextFor(law, context)));
    if (laws.every((law) => law.cdf !== undefined))
      this.cdf = (x, context) =>
        this.each((law, k) => law.cdf!(this.column(x, k), contextFor(law, context)));
  }

  override get reparameterised(): boolean {
    return this.laws.every((law) => law.reparameterised);
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return this.each((law, k) => law.logProb(this.column(x, k), contextFor(law, context)));
  }

  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    const keys = key.split(this.laws.length);
    return this.each(
      (law, k) => law.sample(keys[k]!, drawsFor(law, shape, context), contextFor(law, context)),
      true,
    );
  }

  override prepare(batch: Batch): void {
    tf.tidy(() => {
      for (const [k, law] of this.laws.entries())
        law.prepare({ ...batch, x: this.column(batch.x, k) });
    });
  }

  /** What each law tells, along the new axis, which stands before the event if there is one. */
  private each(tell: (law: Distribution, k: number) => Tensor, hasEvent = false): Tensor {
    return tf.tidy(() => {
      const told = this.laws.map(tell);
      const shape = [...broadcastShapes('stack', ...told.map((tensor) => tensor.shape))];
      return tf.stack(
        told.map((tensor) => tf.broadcastTo(tensor, shape)),
        shape.length - (hasEvent ? this.eventShape.length : 0),
      );
    });
  }

  /** The events of law k: `[..., K, ...event]`, or 1 for K -> `[..., ...event]`. */
  private column(x: Tensor, k: number): Tensor {
    const axis = x.rank - this.eventShape.length - 1;
    const size = x.shape[axis] ?? 1;
    if (axis < 0) return x;
    const begin = x.shape.map((_, i) => (i === axis && size > 1 ? k : 0));
    const extent = x.shape.map((n, i) => (i === axis ? 1 : n));
    return tf.squeeze(tf.slice(x, begin, extent), [axis]);
  }
}

/** The shape that all laws have. */
function common(
  name: string,
  laws: readonly Distribution[],
  of: (law: Distribution) => readonly number[],
): readonly number[] {
  const shapes = laws.map(of);
  const first = shapes[0] ?? [];
  for (const shape of shapes)
    if (shape.join() !== first.join())
      throw new ShapeError(
        `stack: laws must share one ${name}, got [${first.join(', ')}] and [${shape.join(', ')}].`,
      );
  return first;
}

/**
 * K laws of the same events, of any kind, as one law that holds them along the last axis of its batch.
 *
 * @param laws of one event shape and one batch shape `[...batch]`
 * @returns a law of batch shape `[...batch, K]`; its log-density takes x `[..., K, ...event]`, or 1 for K
 * @throws ShapeError if their shapes or context sizes differ
 */
export function stack(laws: readonly Distribution[]): Distribution {
  return new Stack(laws);
}
