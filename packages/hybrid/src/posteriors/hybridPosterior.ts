import { Distribution } from '@pushforward/distributions';
import type { Key, Tensor } from '@pushforward/tensors';

/** q(z_e, z_a | y, x): a law of vectors `[K + A]` that reads y, flattened, and behind it the context. */
export abstract class HybridPosterior extends Distribution {
  /**
   * The cost of having to tell parameters that are known, -log q(z_e | y, x) or an upper bound of it; of a posterior without a
   * density the square of its error, each parameter in units of its range.
   *
   * @param ze shape `[...batch, K]`
   * @param context shape `[...batch, contextSize]`
   * @returns shape `[...batch]`
   */
  abstract supervise(key: Key, ze: Tensor, context: Tensor): Tensor;

  /**
   * The middle of the posterior: half of it is on either side of each parameter.
   *
   * @param context shape `[...batch, contextSize]`
   * @returns z, shape `[...batch, K + A]`
   */
  abstract middle(context: Tensor): Tensor;
}
