import { Distribution } from '@pushforward/distributions';
import {
  type Batch,
  checkCount,
  checkOptions,
  constant,
  type Key,
  logSumExp,
  state,
  type Tensor,
  untracked,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { onSupport } from '../laws/support.js';
import { throughInput, withGradientOf } from '../objectives/gradients.js';
import { type AnnealingOptions, annealedNormaliser } from './annealing.js';
import { BipartiteUnits, unitsOf } from './bipartiteUnits.js';

/** Options of {@link restrictedBoltzmann}. */
export interface RestrictedBoltzmannOptions {
  /** V: visible units. */
  readonly visible: number;
  /** H: hidden units. */
  readonly hidden: number;
  /**
   * Whether an event is all units, visible ones and hidden ones behind them, `[V + H]`; false by default, where it is
   * the visible ones, `[V]`, and the hidden ones are summed over.
   */
  readonly joint?: boolean;
  /** Steps of block Gibbs sampling that a loss takes, where it takes any; 1 by default. */
  readonly steps?: number;
  /**
   * Chains that go on from loss to loss (persistent contrastive divergence); 100 by default. With 0 they start from the
   * data each time (contrastive divergence).
   */
  readonly chains?: number;
  /** Steps from random units to a draw, where draws are not exact; 1000 by default. */
  readonly burnIn?: number;
}

/** The names of all {@link RestrictedBoltzmannOptions}. */
const known = [
  'visible',
  'hidden',
  'joint',
  'steps',
  'chains',
  'burnIn',
] as const satisfies readonly (keyof RestrictedBoltzmannOptions)[];

/** Units of the smaller layer up to which all its states are summed over. */
const ENUMERATED = 12;

/** p(v, h) = exp(a v + b h + v W h) / Z, or the sum of it over h, made by {@link restrictedBoltzmann}. */
export class RestrictedBoltzmann extends Distribution {
  override readonly eventShape: readonly number[];
  /** W, a and b. */
  readonly units: BipartiteUnits;
  /** log Z that `logProb` has where it is not exact, shape `[]`: set by {@link calibrate}. */
  readonly logNormaliser: Variable;
  /** Persistent chains of visible units, `[chains, V]`; none where Z is exact. */
  readonly chains: Variable | undefined;
  /** All states of the smaller layer, where they are few: `[2^n, n]`. */
  private readonly states: Tensor | undefined;

  /** @internal made by {@link restrictedBoltzmann} */
  constructor(
    key: Key,
    private readonly options: Required<RestrictedBoltzmannOptions>,
  ) {
    super();
    const { visible, hidden, joint, chains } = options;
    const [forUnits, forChains] = key.split(2);
    this.eventShape = [joint ? visible + hidden : visible];
    this.units = new BipartiteUnits(forUnits, visible, hidden);
    const smaller = Math.min(visible, hidden);
    if (smaller <= ENUMERATED) this.states = constant(() => statesOf(smaller));
    else if (chains > 0) this.chains = state(() => forChains.bernoulli(0.5, [chains, visible]));
    this.logNormaliser = state(() => tf.scalar((visible + hidden) * Math.LN2));
  }

  /** Whether Z is a sum over all states of the smaller layer, and draws are exact. */
  get isExact(): boolean {
    return this.states !== undefined;
  }

  override get reparameterised(): boolean {
    return false;
  }

  /**
   * Where Z is not exact, it is as it was at the last {@link calibrate}, and no gradient reaches W, a and b, which
   * learn by the loss.
   */
  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const excess = (x: Tensor) => tf.sum(tf.abs(tf.mul(x, tf.sub(x, 1))), -1);
      if (this.states !== undefined)
        return onSupport(x, excess, tf.sub(this.logWeight(x), this.exactNormaliser()));
      const logWeight = throughInput(x, (x) => this.logWeight(x));
      return onSupport(x, excess, tf.sub(logWeight, this.logNormaliser));
    });
  }

  /**
   * E log p of independent units with these probabilities, `[..., V + H]` -> `[...]`, where an event is all units and Z
   * is exact: as log p is linear in each unit, it is log p with probabilities for units. Undefined elsewhere.
   */
  expectedLogProb(probabilities: Tensor): Tensor | undefined {
    if (this.states === undefined || !this.options.joint) return undefined;
    return tf.tidy(() => tf.sub(this.logWeight(probabilities), this.exactNormaliser()));
  }

  /** Draws, exact where Z is, else by block Gibbs sampling from random units. They carry no gradient. */
  override sample(key: Key, shape: readonly number[] = [], context?: Tensor): Tensor {
    this.check(context);
    return tf.tidy(() =>
      untracked(() => {
        const [forStart, forVisible, forHidden] = key.split(3);
        const rows = shape.reduce((size, n) => size * n, 1);
        const { visible, burnIn, joint } = this.options;
        const v =
          this.states === undefined
            ? this.units.gibbs(forVisible, forStart.bernoulli(0.5, [rows, visible]), burnIn)
            : this.exactVisible(forVisible, rows);
        const all = joint ? [v, unitsOf(forHidden, this.units.hiddenLogits(v))] : [v];
        return tf.reshape(tf.concat(all, -1), [...shape, ...this.eventShape]);
      }),
    );
  }

  /**
   * The mean of -log p. Where Z is not exact its value is the one that {@link calibrate} has stored, and its gradient
   * that at chains of block Gibbs sampling.
   *
   * Numbers between 0 and 1 stand for probabilities of independent units: this is then their expected loss where an
   * event is all units, and a bound above it where hidden ones are summed over. Infinity for numbers that are neither.
   */
  override loss({ x, context }: Batch, key: Key): Tensor {
    this.check(context, x);
    return tf.tidy(() => {
      const outside = (x: Tensor) => tf.sum(tf.add(tf.relu(tf.neg(x)), tf.relu(tf.sub(x, 1))), -1);
      const ofData = tf.mean(onSupport(x, outside, this.logWeight(x)));
      if (this.states !== undefined) return tf.sub(this.exactNormaliser(), ofData);
      const v = untracked(() => this.moved(x, key));
      const ofModel = tf.mean(this.units.logWeightOfVisible(v));
      return tf.sub(withGradientOf(this.logNormaliser, ofModel), ofData);
    });
  }

  /**
   * Stores log Z, estimated by annealed importance sampling where it is not exact: on average too small, by less the
   * more temperatures and chains.
   *
   * Source: Salakhutdinov and Murray, "On the quantitative analysis of deep belief networks", ICML 2008.
   */
  calibrate(key: Key, options: AnnealingOptions = {}): void {
    tf.tidy(() => {
      this.logNormaliser.assign(
        this.states === undefined
          ? annealedNormaliser(key, this.units, options)
          : this.exactNormaliser(),
      );
    });
  }

  /** log exp(a v + b h + v W h), summed over h unless that is part of x: `[..., event]` -> `[...]`. */
  private logWeight(x: Tensor): Tensor {
    const { visible, hidden, joint } = this.options;
    if (!joint) return this.units.logWeightOfVisible(x);
    const [v, h] = tf.split(x, [visible, hidden], -1);
    return this.units.logWeight(v!, h!);
  }

  private exactNormaliser(): Tensor {
    return logSumExp(this.logWeightOfStates(), 0);
  }

  /** The larger layer is summed over: `[2^n]`. */
  private logWeightOfStates(): Tensor {
    const states = this.states!;
    return this.enumeratesVisible
      ? this.units.logWeightOfVisible(states)
      : this.units.logWeightOfHidden(states);
  }

  private get enumeratesVisible(): boolean {
    return this.options.visible <= this.options.hidden;
  }

  private exactVisible(key: Key, rows: number): Tensor {
    const [forState, forOther] = key.split(2);
    const index = forState.categorical(this.logWeightOfStates(), [rows]);
    const chosen = tf.gather(this.states!, index);
    return this.enumeratesVisible ? chosen : unitsOf(forOther, this.units.visibleLogits(chosen));
  }

  /** Visible units for the model's side of a loss: chains that go on, or such as start from the data. */
  private moved(x: Tensor, key: Key): Tensor {
    const { steps, visible, hidden, joint } = this.options;
    if (this.chains !== undefined) {
      const moved = this.units.gibbs(key, this.chains, steps);
      this.chains.assign(moved);
      return moved;
    }
    const [forStart, forSteps] = key.split(2);
    const v = joint ? tf.split(x, [visible, hidden], -1)[0]! : x;
    return this.units.gibbs(forSteps, forStart.bernoulli(tf.reshape(v, [-1, visible])), steps);
  }
}

/** All vectors of n zeros and ones, `[2^n, n]`. */
function statesOf(n: number): Tensor {
  return tf.tensor2d(
    Array.from({ length: 2 ** n }, (_, code) =>
      Array.from({ length: n }, (_, i) => (code >> i) & 1),
    ),
    undefined,
    'float32',
  );
}

/**
 * A restricted Boltzmann machine, a law of zeros and ones: p(v, h) = exp(a v + b h + v W h) / Z, of all units (`joint`)
 * or of the visible ones alone. It starts near fair coins.
 *
 * Where the smaller layer has at most 12 units, Z and draws are exact, and everything can be asked of it. Else it
 * learns by its loss alone, whose model side are chains of block Gibbs sampling that go on from loss to loss (which
 * they are changed by) or start from the data, draws are the ends of long chains, and `calibrate` stores log Z by
 * annealed importance sampling.
 *
 * As the prior of a discrete auto-encoder it is of all units, which the posterior draws: the divergence of independent
 * units from an exact one is in closed form.
 *
 * Sources: Smolensky, "Information processing in dynamical systems", 1986; Hinton, "Training products of experts by
 * minimizing contrastive divergence", Neural Computation 14, 2002; Tieleman, "Training restricted Boltzmann machines
 * using approximations to the likelihood gradient", ICML 2008; as a prior Rolfe, "Discrete variational autoencoders",
 * arXiv:1609.02200.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 *
 * @example
 * ```ts
 * import { restrictedBoltzmann } from '@pushforward/vae';
 * import { Key } from '@pushforward/tensors';
 * const law = restrictedBoltzmann(Key.from(1), { visible: 16, hidden: 8 });
 * const [x, logProb] = law.sampleAndLogProb(Key.from(2), [10]); // [10, 16], [10]
 * ```
 */
export function restrictedBoltzmann(
  key: Key,
  options: RestrictedBoltzmannOptions,
): RestrictedBoltzmann {
  const where = 'restrictedBoltzmann';
  checkOptions(where, options, known);
  const { visible, hidden, joint = false, steps = 1, chains = 100, burnIn = 1000 } = options;
  checkCount(where, 'visible', visible, 1);
  checkCount(where, 'hidden', hidden, 1);
  checkCount(where, 'steps', steps, 1);
  checkCount(where, 'chains', chains, 0);
  checkCount(where, 'burnIn', burnIn, 1);
  return new RestrictedBoltzmann(key, { visible, hidden, joint, steps, chains, burnIn });
}
