import {
  Bernoulli,
  Categorical,
  DiagonalNormal,
  type Distribution,
  Independent,
  MultivariateNormal,
  type ParameterLike,
  tensorOf,
} from '@pushforward/distributions';
import { checkAbove, OptionError } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { changed, type Family } from '../family.js';
import { ContinuousBernoulli } from '../laws/continuousBernoulli.js';
import { LowRankNormal } from '../laws/lowRankNormal.js';

/**
 * A family whose laws are p(x | z)^(1 / beta) / integral of p^(1 / beta): wider for beta > 1, narrower below.
 *
 * Without the integral this is what a weight beta on the divergence makes of a bound, divided by beta. The two differ
 * in what a learned variance becomes: the weight leaves it where it is best without, and the law that is meant is then
 * beta times as wide; a tempered law learns a variance beta times as small, and is in the end the same. The gradients
 * differ by that of the integral, which is (beta - 1) / beta log sigma for a normal law.
 *
 * It holds the weights of the family.
 *
 * Source: Berger, "Modèles à variables latentes profonds" (thesis, Université Paris-Saclay, 2021), section 7.A, eq. 7.6
 * to 7.10.
 *
 * @param family of normal laws with any covariance, of Bernoulli, continuous Bernoulli or categorical ones
 * @param temperature beta, > 0
 * @throws OptionError for a family whose laws have no tempered form here
 *
 * @example
 * ```ts
 * import { gaussian, tempered } from '@pushforward/vae';
 * import * as tf from '@tensorflow/tfjs';
 * const family = tempered(gaussian(2, { variance: 'fixed', scale: 0.5 }), 4);
 * family.law(tf.zeros([2])).variance!().print(); // [1, 1]
 * ```
 */
export function tempered(family: Family, temperature: number): Family {
  checkAbove('tempered', 'temperature', temperature, 0);
  const change = (law: Distribution) => atTemperature(law, temperature);
  // What has no tempered form is to be told now.
  tf.tidy(() => {
    change(family.law(tf.zeros([family.parameterCount])));
  });
  return changed(family, change);
}

/** Covariances are multiplied by the temperature, logits divided. */
function atTemperature(law: Distribution, temperature: number): Distribution {
  const widened = (scale: ParameterLike) => tf.mul(Math.sqrt(temperature), tensorOf(scale));
  const flattened = (logits: ParameterLike) => tf.div(tensorOf(logits), temperature);
  if (law instanceof Independent)
    return new Independent(atTemperature(law.law, temperature), law.rank);
  if (isExactly(law, DiagonalNormal)) return new DiagonalNormal(law.loc, widened(law.scale));
  if (isExactly(law, MultivariateNormal))
    return new MultivariateNormal(law.loc, widened(law.scaleTril));
  if (isExactly(law, LowRankNormal))
    return new LowRankNormal(law.loc, widened(law.scale), widened(law.factor));
  if (isExactly(law, Bernoulli)) return new Bernoulli(flattened(law.logits));
  if (isExactly(law, ContinuousBernoulli)) return new ContinuousBernoulli(flattened(law.logits));
  if (isExactly(law, Categorical)) return new Categorical(flattened(law.logits));
  throw new OptionError(
    `tempered: laws of kind ${law.constructor.name} have no tempered form here; normal laws with a variance that is not ` +
      'the best of each batch have one, and Bernoulli, continuous Bernoulli and categorical laws.',
  );
}

/** Whether a law is of a kind, and not of one derived from it, which may have a loss of its own. */
function isExactly<T extends Distribution>(
  law: Distribution,
  kind: new (...parameters: never[]) => T,
): law is T {
  return law.constructor === kind;
}
