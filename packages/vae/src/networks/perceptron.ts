import { type Activation, MLP, ResidualNet } from '@pushforward/nn';
import type { NetworkBuilder } from './builder.js';
import { withLinearPath } from './linearPath.js';

/**
 * A multilayer perceptron and, beside it, a linear path from its inputs to its outputs; both start at zero.
 *
 * Source of the linear path and the start: Berger, "Modèles à variables latentes profonds" (thesis, Université
 * Paris-Saclay, 2021), section 4.2.4.
 *
 * @param hidden widths of the hidden layers
 * @param activation between them; `'relu'` by default
 */
export function perceptron(
  hidden: readonly number[],
  activation: Activation = 'relu',
): NetworkBuilder {
  return (key, sizes) =>
    withLinearPath(key, (key) => new MLP(key, { ...sizes, hidden, activation, lastScale: 0 }));
}

/**
 * As {@link perceptron}, with a residual network: one block of two layers for each entry of `hidden`, all of one width, which
 * starts as the identity.
 */
export function residual(
  hidden: readonly number[],
  activation: Activation = 'relu',
): NetworkBuilder {
  return (key, sizes) =>
    withLinearPath(
      key,
      (key) => new ResidualNet(key, { ...sizes, hidden, activation, lastScale: 0 }),
    );
}
