import {
  checkCount,
  checkOptions,
  type Key,
  logSumExp,
  softplus,
  type Tensor,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type BipartiteUnits, unitsOf } from './bipartiteUnits.js';

/** Options of annealed importance sampling. */
export interface AnnealingOptions {
  /** Steps from independent units to the law itself; 1000 by default. */
  readonly temperatures?: number;
  /** Chains that take them, over which weights are averaged; 100 by default. */
  readonly chains?: number;
}

/**
 * log Z by annealed importance sampling: chains of visible units pass through exp(a v) prod_j (1 + exp(beta (b_j + v
 * W_j))), from beta = 0, where Z_0 is known, to 1, and the mean of the product of the ratios on their way is Z / Z_0.
 *
 * Source: Neal, "Annealed importance sampling", Statistics and Computing 11, 2001; Salakhutdinov and Murray, "On the
 * quantitative analysis of deep belief networks", ICML 2008, section 4.1.
 *
 * @returns shape `[]`
 */
export function annealedNormaliser(
  key: Key,
  units: BipartiteUnits,
  options: AnnealingOptions = {},
): Tensor {
  const where = 'RestrictedBoltzmann.calibrate';
  checkOptions(where, options, ['temperatures', 'chains']);
  const { temperatures = 1000, chains = 100 } = options;
  checkCount(where, 'temperatures', temperatures, 1);
  checkCount(where, 'chains', chains, 1);
  return tf.tidy(() => {
    const [forStart, forSteps] = key.split(2);
    const { visibleBias, weight, visible, hidden } = units;
    const base = tf.add(tf.sum(softplus(visibleBias)), hidden * Math.LN2);
    const biases = tf.broadcastTo(visibleBias, [chains, visible]);
    let chain = {
      v: unitsOf(forStart, biases),
      logWeights: tf.zeros<tf.Rank>([chains]),
    };
    for (let i = 1; i <= temperatures; i++) {
      const [before, beta] = [(i - 1) / temperatures, i / temperatures];
      const [forHidden, forVisible] = forSteps.foldIn(i).split(2);
      chain = tf.tidy(() => {
        const logits = units.hiddenLogits(chain.v);
        const at = (beta: number) => tf.sum(softplus(tf.mul(beta, logits)), -1);
        const logWeights = tf.add(chain.logWeights, tf.sub(at(beta), at(before)));
        const h = unitsOf(forHidden, tf.mul(beta, logits));
        const received = tf.matMul(h, weight, false, true);
        const v = unitsOf(forVisible, tf.add(tf.mul(beta, received), visibleBias));
        return { v, logWeights };
      });
    }
    return tf.add(base, tf.sub(logSumExp(chain.logWeights, 0), Math.log(chains)));
  });
}
