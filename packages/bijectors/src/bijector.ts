import { Module, type Tensor } from '@pushforward/tensors';

/** A map that is not made of others, or the inverse of one. */
export interface Element {
  /** The map. */
  readonly bijector: Bijector;
  /** Whether it is applied backwards. */
  readonly inverted: boolean;
}

/**
 * An invertible, differentiable map with the logarithm of its volume change.
 *
 * A bijector knows nothing of data or noise: `forward` is simply the direction it is written in. Value and
 * log-determinant come from one call and nothing is cached, so neither can be stale or of the wrong sign.
 *
 * Shapes: x and y are `[...batch, ...event]` with an event of rank `eventRank`; logDet is `[...batch]`, in nats.
 */
export abstract class Bijector extends Module {
  /** Rank of one event: 0 for a scalar, 1 for a vector `[D]`, 3 for an image `[H, W, C]`. */
  abstract readonly eventRank: 0 | 1 | 3;

  /** Numbers per context vector that the map is conditioned on; 0 for none. */
  readonly contextSize: number = 0;

  /**
   * y = f(x) and log|det df/dx|.
   *
   * @param x shape `[...batch, ...event]`
   * @param context shape `[...batch, contextSize]`, or broadcastable to it
   * @returns y of the shape of x, and logDet `[...batch]`
   */
  abstract forwardAndLogDet(x: Tensor, context?: Tensor): [y: Tensor, logDet: Tensor];

  /**
   * x = f^-1(y) and log|det df^-1/dy|.
   *
   * @param y shape `[...batch, ...event]`
   * @param context shape `[...batch, contextSize]`, or broadcastable to it
   * @returns x of the shape of y, and logDet `[...batch]`: minus the one of `forwardAndLogDet` at x
   */
  abstract inverseAndLogDet(y: Tensor, context?: Tensor): [x: Tensor, logDet: Tensor];

  /** y = f(x). */
  forward(x: Tensor, context?: Tensor): Tensor {
    const [y, logDet] = this.forwardAndLogDet(x, context);
    logDet.dispose();
    return y;
  }

  /** x = f^-1(y). */
  inverse(y: Tensor, context?: Tensor): Tensor {
    const [x, logDet] = this.inverseAndLogDet(y, context);
    logDet.dispose();
    return x;
  }

  /** What the map is made of, in the order in which `forward` applies it: chains and inverses are taken apart. */
  elements(): readonly Element[] {
    return [{ bijector: this, inverted: false }];
  }

  /**
   * Sets whatever parameters start from data, such as those of ActNorm, from inputs `[...batch, ...event]`.
   */
  prepare(_x: Tensor, _context?: Tensor): void {}

  /**
   * The same from outputs `[...batch, ...event]`: what `prepare` does for the inverse map.
   */
  prepareInverse(_y: Tensor, _context?: Tensor): void {}
}
