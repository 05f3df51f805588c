import type { Tensor } from '@pushforward/tensors';
import { Bijector, type Element } from './bijector.js';

/** The inverse map: its forward is the other's inverse. */
class Inverse extends Bijector {
  override readonly eventRank: 0 | 1 | 3;
  override readonly contextSize: number;

  constructor(readonly bijector: Bijector) {
    super();
    this.eventRank = bijector.eventRank;
    this.contextSize = bijector.contextSize;
  }

  override forwardAndLogDet(x: Tensor, context?: Tensor): [Tensor, Tensor] {
    return this.bijector.inverseAndLogDet(x, context);
  }

  override inverseAndLogDet(y: Tensor, context?: Tensor): [Tensor, Tensor] {
    return this.bijector.forwardAndLogDet(y, context);
  }

  override forward(x: Tensor, context?: Tensor): Tensor {
    return this.bijector.inverse(x, context);
  }

  override inverse(y: Tensor, context?: Tensor): Tensor {
    return this.bijector.forward(y, context);
  }

  override elements(): readonly Element[] {
    return this.bijector
      .elements()
      .map(({ bijector, inverted }) => ({ bijector, inverted: !inverted }))
      .reverse();
  }

  override prepare(x: Tensor, context?: Tensor): void {
    this.bijector.prepareInverse(x, context);
  }

  override prepareInverse(y: Tensor, context?: Tensor): void {
    this.bijector.prepare(y, context);
  }
}

/**
 * f^-1 as a bijector; inverting twice gives back the first object.
 *
 * @param bijector stays the owner of its weights
 */
export function invert(bijector: Bijector): Bijector {
  return bijector instanceof Inverse ? bijector.bijector : new Inverse(bijector);
}
