import type { Distribution, ModuleOfLaws } from '@pushforward/distributions';
import { Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * A family of laws: P numbers select one of them.
 *
 * With a network that tells the numbers it is a conditional law, `conditional(network, family)`: a likelihood p(x | z)
 * where the network reads latents, a posterior q(z | x) where it reads data. Weights that all laws of a family share,
 * such as one scale for all, are held here.
 */
export abstract class Family extends Module implements ModuleOfLaws {
  /** Numbers that select a law, P. */
  abstract readonly parameterCount: number;

  /** Shape of an event of its laws. */
  abstract readonly eventShape: readonly number[];

  /**
   * Whether its laws are of independent numbers, each of which is selected by its own `parameterCount / D` numbers, and
   * these stand together.
   */
  readonly independent: boolean = false;

  /**
   * The law that numbers select; zeros select one that a model may start from. Where a likelihood has several for each
   * number of x they stand together, so that those of a pixel are channels of an image.
   *
   * @param parameters shape `[...batch, P]`
   * @returns a law of batch shape `[...batch]`
   */
  abstract law(parameters: Tensor): Distribution;
}

/** What is true of the law that zeros select, as of all. */
export function exampleOf(family: Family, ask: (law: Distribution) => boolean): boolean {
  return tf.tidy(() => ask(family.law(tf.zeros([family.parameterCount]))));
}

/** The laws of a family, each of them changed. */
class Changed extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  override readonly independent: boolean;

  constructor(
    private readonly family: Family,
    private readonly change: (law: Distribution) => Distribution,
  ) {
    super();
    this.eventShape = family.eventShape;
    this.parameterCount = family.parameterCount;
    this.independent = family.independent;
  }

  override law(parameters: Tensor): Distribution {
    return this.change(this.family.law(parameters));
  }
}

/**
 * A family of the same numbers, whose laws are those of another, each changed in the same way. It holds the other's
 * weights.
 *
 * @param change to a law of the same events
 */
export function changed(family: Family, change: (law: Distribution) => Distribution): Family {
  return new Changed(family, change);
}
