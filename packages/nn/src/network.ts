import { Module, type Tensor } from '@pushforward/tensors';

/** A learnable function of vectors: numbers in, numbers out. */
export abstract class Network extends Module {
  /** Numbers in. */
  abstract readonly inputs: number;

  /** Numbers out. */
  abstract readonly outputs: number;

  /**
   * The value at every vector of a batch; it can be differentiated twice with respect to x.
   *
   * @param x shape `[..., inputs]`
   * @returns shape `[..., outputs]`
   * @throws ShapeError where the last axis of x is not `inputs`
   */
  abstract apply(x: Tensor): Tensor;
}
