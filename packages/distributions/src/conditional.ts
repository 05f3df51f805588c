import { type Key, type Module, ShapeError, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Distribution } from './distribution.js';

/** What turns a context into the parameters of a law: any network of `@pushforward/nn`, or a module like one. */
export interface ParameterNetwork extends Module {
  /** Numbers per context vector. */
  readonly inputs: number;
  /** Numbers per parameter vector, P. */
  readonly outputs: number;
  /** `[..., inputs]` -> `[..., outputs]`. */
  apply(context: Tensor): Tensor;
}

/** Which law numbers select: a function, or a module where all laws of the family share weights. */
export type LawFamily = ((parameters: Tensor) => Distribution) | ModuleOfLaws;

/** A family of laws that holds weights. */
export interface ModuleOfLaws extends Module {
  /** P, where it is known: what a network must have as outputs. */
  readonly parameterCount?: number;
  /** `[..., P]` -> a law of batch shape `[...]`; called at every use, so it must make no variables. */
  law(parameters: Tensor): Distribution;
}

/** The law that a family makes of what the network tells of the context. */
export class Conditional extends Distribution {
  override readonly eventShape: readonly number[];
  override readonly batchShape: readonly number[];
  override readonly contextSize: number;
  /** Whether an example of its laws is reparameterised. */
  private readonly ofExample: boolean;

  constructor(
    readonly network: ParameterNetwork,
    private readonly family: LawFamily,
  ) {
    super();
    const wanted = typeof family === 'function' ? undefined : family.parameterCount;
    if (wanted !== undefined && wanted !== network.outputs)
      throw new ShapeError(
        `conditional: ${wanted} numbers select a law of the family, and the network tells ${network.outputs}.`,
      );
    // Only its shapes and abilities are asked for, which outlive its tensors.
    let example!: Distribution;
    tf.tidy(() => {
      example = this.select(tf.zeros([network.outputs]));
    });
    this.eventShape = example.eventShape;
    this.batchShape = example.batchShape;
    this.contextSize = network.inputs;
    this.ofExample = example.reparameterised;
    if (example.mean) this.mean = (context) => this.given(context, (law) => law.mean!());
    if (example.variance)
      this.variance = (context) => this.given(context, (law) => law.variance!());
    if (example.entropy) this.entropy = (context) => this.given(context, (law) => law.entropy!());
    if (example.cdf) this.cdf = (x, context) => this.given(context, (law) => law.cdf!(x));
    if (example.quantile)
      this.quantile = (p, context) => this.given(context, (law) => law.quantile!(p));
  }

  override get reparameterised(): boolean {
    return this.ofExample;
  }

  override logProb(x: Tensor, context?: Tensor): Tensor {
    this.check(context, x);
    return this.given(context, (law) => law.logProb(x));
  }

  override sample(key: Key, shape?: readonly number[], context?: Tensor): Tensor {
    return this.given(context, (law) => law.sample(key, shape));
  }

  override sampleAndLogProb(
    key: Key,
    shape?: readonly number[],
    context?: Tensor,
  ): [Tensor, Tensor] {
    return this.given(context, (law) => law.sampleAndLogProb(key, shape));
  }

  /** The law of a context, whose tensors are the surrounding `tf.tidy`'s. */
  at(context: Tensor): Distribution {
    this.check(context);
    return this.select(this.network.apply(context));
  }

  private given<T extends tf.TensorContainer>(
    context: Tensor | undefined,
    ask: (law: Distribution) => T,
  ): T {
    this.check(context);
    return tf.tidy(() => ask(this.at(context!)));
  }

  private select(parameters: Tensor): Distribution {
    const { family } = this;
    return typeof family === 'function' ? family(parameters) : family.law(parameters);
  }
}

/**
 * A conditional law, p(x | c) = family(network(c))(x): its parameters are what a network tells of the context.
 *
 * @param family `[..., P]` -> a law of batch shape `[...]`; called at every use, so it must make no variables
 *
 * @example
 * ```ts
 * import { conditional, DiagonalNormal } from '@pushforward/distributions';
 * import { MLP } from '@pushforward/nn';
 * import { exp, Key } from '@pushforward/tensors';
 * import * as tf from '@tensorflow/tfjs';
 * const network = new MLP(Key.from(1), { inputs: 3, outputs: 4, hidden: [16] });
 * const law = conditional(network, (h) => {
 *   const [loc, logScale] = tf.split(h, 2, -1);
 *   return new DiagonalNormal(loc!, exp(logScale!));
 * });
 * law.sample(Key.from(2), [5], tf.zeros([10, 3])).shape; // [5, 10, 2]
 * ```
 */
export function conditional(network: ParameterNetwork, family: LawFamily): Distribution {
  return new Conditional(network, family);
}
