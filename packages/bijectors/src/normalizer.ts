import { Module, ShapeError, type Tensor } from '@pushforward/tensors';

/**
 * A family of increasing scalar maps, applied to each dimension with parameters of its own.
 *
 * The word is that of Wehenkel's thesis (2022); other libraries say transformer. A normalizer publishes how many
 * numbers it needs per dimension, a conditioner supplies them, and neither knows the other.
 *
 * The numbers h are unconstrained, and h = 0 gives the identity, or as near to it as the family comes.
 */
export abstract class Normalizer extends Module {
  /** P: numbers per dimension that a conditioner must supply. */
  abstract readonly parameterCount: number;

  /**
   * y_i = f(x_i; h_i) and log f'(x_i; h_i).
   *
   * @param x shape `[..., D]`
   * @param h shape `[..., D, P]`
   * @returns y `[..., D]` and the logarithm of the slope `[..., D]`, not summed
   */
  abstract forwardAndLogDet(x: Tensor, h: Tensor): [y: Tensor, logDet: Tensor];

  /**
   * x_i = f^-1(y_i; h_i) and -log f'(x_i; h_i).
   *
   * @param y shape `[..., D]`
   * @param h shape `[..., D, P]`
   * @returns x `[..., D]` and the logarithm of the slope of the inverse `[..., D]`, not summed
   */
  abstract inverseAndLogDet(y: Tensor, h: Tensor): [x: Tensor, logDet: Tensor];

  /**
   * Throws a {@link ShapeError} unless h holds `parameterCount` numbers for each number of x.
   *
   * @param x shape `[..., D]`
   * @param h shape `[..., D, P]`
   */
  protected check(x: Tensor, h: Tensor): void {
    const expected = [...x.shape, this.parameterCount];
    if (h.rank !== expected.length || h.shape.some((size, i) => size !== expected[i]))
      throw new ShapeError(
        `${this.constructor.name}: for x of shape [${x.shape.join(', ')}] the parameters must have shape ` +
          `[${expected.join(', ')}], got [${h.shape.join(', ')}].`,
      );
  }
}
