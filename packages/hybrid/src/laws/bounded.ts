import { Affine, chain, Sigmoid } from '@pushforward/bijectors';
import { type Distribution, Independent, pushforward, Uniform } from '@pushforward/distributions';
import { constant, OptionError, type Tensor } from '@pushforward/tensors';
import { Family } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from '../expert.js';
import { Dirac } from './dirac.js';

/** The share of a range that is taken for its end. */
const EDGE = 1e-6;

/**
 * Laws of an expert's parameters, all within their ranges: those of a family, which are anywhere, brought there by
 * low + (high - low) sigmoid.
 */
export class BoundedFamily extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;
  private readonly low: readonly number[];
  private readonly widths: readonly number[];
  private readonly intoRanges;

  constructor(
    private readonly family: Family,
    { low, high }: Expert,
  ) {
    super();
    this.eventShape = family.eventShape;
    this.parameterCount = family.parameterCount;
    this.low = low;
    this.widths = high.map((high, i) => high - low[i]!);
    this.intoRanges = chain([
      new Sigmoid(),
      new Affine(
        constant(() => tf.tensor1d([...low])),
        constant(() => tf.tensor1d([...this.widths])),
      ),
    ]);
  }

  override law(parameters: Tensor): Distribution {
    return pushforward(this.family.law(parameters), this.intoRanges);
  }

  /** The median of each parameter, which an increasing map keeps. */
  middle(parameters: Tensor): Tensor {
    return tf.tidy(() => this.intoRanges.forward(middleOf(this.family.law(parameters))));
  }

  /** The cost of telling z_e: -log q(z_e), or of points the square of the error in units of the ranges. */
  supervise(parameters: Tensor, ze: Tensor): Tensor {
    return tf.tidy(() => {
      if (!(this.family.law(parameters) instanceof Dirac))
        return tf.neg(this.law(parameters).logProb(this.inside(ze)));
      const error = tf.div(tf.sub(this.middle(parameters), ze), [...this.widths]);
      return tf.sum(tf.square(error), -1);
    });
  }

  /** An end of a range, which a uniform draw may be, is where no number is brought to. */
  private inside(ze: Tensor): Tensor {
    const within = (share: number) => this.low.map((low, i) => low + share * this.widths[i]!);
    return tf.minimum(tf.maximum(ze, within(EDGE)), within(1 - EDGE));
  }
}

/** The median of each number of a law whose numbers are alike on both sides of their means. */
export function middleOf(law: Distribution): Tensor {
  if (law.mean === undefined)
    throw new OptionError(
      `hybrid: the middle of a posterior that is a ${law.constructor.name} is not in closed form; take draws of it.`,
    );
  return law.mean();
}

/** The law of parameters that are anywhere in their ranges. */
export function uniformOver({ low, high }: Pick<Expert, 'low' | 'high'>): Distribution {
  return new Independent(new Uniform([...low], [...high]), 1);
}
