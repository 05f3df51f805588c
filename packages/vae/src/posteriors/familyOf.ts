import { type Distribution, given } from '@pushforward/distributions';
import { OptionError, type Tensor } from '@pushforward/tensors';
import { Family } from '../family.js';

/** The laws of a conditional law, one for each context. */
class AtContexts extends Family {
  override readonly eventShape: readonly number[];
  override readonly parameterCount: number;

  constructor(readonly conditional: Distribution) {
    super();
    this.eventShape = conditional.eventShape;
    this.parameterCount = conditional.contextSize;
  }

  override law(context: Tensor): Distribution {
    return given(this.conditional, context);
  }
}

/**
 * The family of all laws that a conditional law is at its contexts, such as a flow's: with an encoder whose outputs are
 * those contexts it is a flow posterior, with a decoder a flow likelihood.
 *
 * @param conditional of `contextSize` P
 * @throws OptionError for a law that takes no context
 *
 * @example
 * ```ts
 * import { conditional } from '@pushforward/distributions';
 * import { iaf } from '@pushforward/flows';
 * import { MLP } from '@pushforward/nn';
 * import { Key } from '@pushforward/tensors';
 * import { familyOf } from '@pushforward/vae';
 * const [forFlow, forNet, forX, forZ] = Key.from(1).split(4);
 * const flow = iaf(forFlow, { features: 2, context: 8, transforms: 2 });
 * const encoder = new MLP(forNet, { inputs: 10, outputs: 8, hidden: [32] });
 * const posterior = conditional(encoder, familyOf(flow));
 * posterior.sample(forZ, [], forX.normal([5, 10])).shape; // [5, 2]
 * ```
 */
export function familyOf(conditional: Distribution): Family {
  if (conditional.contextSize === 0)
    throw new OptionError('familyOf: a law that takes a context is needed, got one that does not.');
  return new AtContexts(conditional);
}
