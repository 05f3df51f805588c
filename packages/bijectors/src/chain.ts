import { checkContext, OptionError, sumLast, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Bijector, type Element } from './bijector.js';

/** f_n o ... o f_1. */
class Chain extends Bijector {
  override readonly eventRank: 0 | 1 | 3;
  override readonly contextSize: number;

  constructor(readonly steps: readonly Bijector[]) {
    super();
    this.eventRank = Math.max(...steps.map((step) => step.eventRank)) as 0 | 1 | 3;
    const sizes = new Set(steps.map((step) => step.contextSize).filter((size) => size > 0));
    if (sizes.size > 1)
      throw new OptionError(
        `chain: all conditional steps must share one context size, got ${[...sizes].join(' and ')}.`,
      );
    this.contextSize = [...sizes][0] ?? 0;
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    checkContext('chain', this.contextSize, context);
    return this.through(x, this.steps, (step, x) =>
      step.forwardAndLogDet(x, contextOf(step, context)),
    );
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    checkContext('chain', this.contextSize, context);
    return this.through(y, [...this.steps].reverse(), (step, y) =>
      step.inverseAndLogDet(y, contextOf(step, context)),
    );
  }

  override elements(): readonly Element[] {
    return this.steps.flatMap((step) => step.elements());
  }

  override prepare(x: Tensor, context?: Tensor): void {
    tf.tidy(() => {
      for (const step of this.steps) {
        step.prepare(x, contextOf(step, context));
        x = step.forward(x, contextOf(step, context));
      }
    });
  }

  override prepareInverse(y: Tensor, context?: Tensor): void {
    tf.tidy(() => {
      for (const step of [...this.steps].reverse()) {
        step.prepareInverse(y, contextOf(step, context));
        y = step.inverse(y, contextOf(step, context));
      }
    });
  }

  private through(
    x: Tensor,
    steps: readonly Bijector[],
    apply: (step: Bijector, x: Tensor) => [Tensor, Tensor],
  ): [Tensor, Tensor] {
    return tf.tidy(() => {
      let total: Tensor | undefined;
      for (const step of steps) {
        const [y, logDet] = apply(step, x);
        const perEvent = sumLast(logDet, this.eventRank - step.eventRank);
        total = total === undefined ? perEvent : tf.add(total, perEvent);
        x = y;
      }
      return [x, total!];
    });
  }
}

/** A step that is not conditional is not shown the context. */
function contextOf(step: Bijector, context: Tensor | undefined): Tensor | undefined {
  return step.contextSize > 0 ? context : undefined;
}

/**
 * The maps one after the other, in the order of the list: `chain([f, g])` is x -> g(f(x)).
 *
 * Log-determinants add up; a scalar step counts for every element of the largest event.
 *
 * @throws OptionError for an empty list, or steps with different context sizes
 *
 * @example
 * ```ts
 * import { Affine, chain, Exp } from '@pushforward/bijectors';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const y = chain([new Affine(1, 2), new Exp()]).forward(tf.scalar(3)); // e^7
 * ```
 */
export function chain(steps: readonly Bijector[]): Bijector {
  if (steps.length === 0)
    throw new OptionError('chain: at least one bijector is needed, got none.');
  return new Chain(steps);
}
