import type { Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import type { Family } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import type { Expert } from '../expert.js';
import { BoundedFamily, middleOf } from '../laws/bounded.js';
import { JointLaw } from '../laws/jointLaw.js';
import { HybridPosterior } from './hybridPosterior.js';

/** Families of laws of so many numbers, such as `diagonalNormal`, `fullNormal` and `dirac`. */
export type FamilyOf = (features: number) => Family;

/** The families of both parts of z. */
export interface PosteriorFamilies {
  /** Of z_e, within its ranges. */
  readonly expert: BoundedFamily;
  /** Of z_a, where there are any. */
  readonly learned: Family | undefined;
}

/** The families of z_e and z_a, of one kind. */
export function familiesOf(expert: Expert, latent: number, family: FamilyOf): PosteriorFamilies {
  return {
    expert: new BoundedFamily(family(expert.names.length), expert),
    learned: latent === 0 ? undefined : family(latent),
  };
}

/** q(z_e | y, x) q(z_a | y, x), both of one network. */
export class AmortisedPosterior extends HybridPosterior {
  override readonly eventShape: readonly number[];
  override readonly contextSize: number;
  private readonly expertFamily: BoundedFamily;
  private readonly learnedFamily: Family | undefined;

  constructor(
    readonly network: Network,
    families: PosteriorFamilies,
  ) {
    super();
    this.expertFamily = families.expert;
    this.learnedFamily = families.learned;
    this.contextSize = network.inputs;
    this.eventShape = [this.expertFamily.eventShape[0]! + (this.learnedFamily?.eventShape[0] ?? 0)];
  }

  override logProb(z: Tensor, context?: Tensor): Tensor {
    this.check(context, z);
    return tf.tidy(() => this.at(context!).logProb(z));
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() => this.at(context!).sample(key, shape));
  }

  override sampleAndLogProb(
    key: Key,
    shape?: readonly number[],
    context?: Tensor,
  ): [Tensor, Tensor] {
    this.check(context);
    return tf.tidy(() => this.at(context!).sampleAndLogProb(key, shape));
  }

  override supervise(_key: Key, ze: Tensor, context: Tensor): Tensor {
    return tf.tidy(() => this.expertFamily.supervise(this.numbers(context)[0], ze));
  }

  override middle(context: Tensor): Tensor {
    return tf.tidy(() => {
      const [forExpert, forLearned] = this.numbers(context);
      const ze = this.expertFamily.middle(forExpert);
      if (forLearned === undefined) return ze;
      return tf.concat([ze, middleOf(this.learnedFamily!.law(forLearned))], -1);
    });
  }

  private at(context: Tensor): JointLaw {
    const [forExpert, forLearned] = this.numbers(context);
    const ze = this.expertFamily.law(forExpert);
    if (forLearned === undefined) return new JointLaw([ze]);
    return new JointLaw([ze, this.learnedFamily!.law(forLearned)]);
  }

  /** What selects the laws of z_e and z_a. */
  private numbers(context: Tensor): [forExpert: Tensor, forLearned?: Tensor] {
    const numbers = this.network.apply(context);
    if (this.learnedFamily === undefined) return [numbers];
    const sizes = [this.expertFamily.parameterCount, this.learnedFamily.parameterCount];
    return tf.split(numbers, sizes, -1) as [Tensor, Tensor];
  }
}
