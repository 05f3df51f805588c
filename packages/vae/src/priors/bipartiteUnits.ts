import {
  type Key,
  Module,
  parameter,
  softplus,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/**
 * Two layers of zeros and ones, of weight exp(a v + b h + v W h): given one, the units of the other are independent.
 */
export class BipartiteUnits extends Module {
  /** W, `[V, H]`. */
  readonly weight: Variable;
  /** a, `[V]`. */
  readonly visibleBias: Variable;
  /** b, `[H]`. */
  readonly hiddenBias: Variable;

  constructor(
    key: Key,
    readonly visible: number,
    readonly hidden: number,
  ) {
    super();
    // Not zero, where hidden units would all learn the same.
    this.weight = parameter(() => tf.mul(0.01, key.normal([visible, hidden])));
    this.visibleBias = parameter(() => tf.zeros([visible]));
    this.hiddenBias = parameter(() => tf.zeros([hidden]));
  }

  /** a v + b h + v W h: v `[..., V]` and h `[..., H]` -> `[...]`. */
  logWeight(v: Tensor, h: Tensor): Tensor {
    return tf.add(weighed(v, this.visibleBias), tf.sum(tf.mul(h, this.hiddenLogits(v)), -1));
  }

  /** log of the sum of the weights over h, a v + sum_j log(1 + exp(b_j + v W_j)): v `[..., V]` -> `[...]`. */
  logWeightOfVisible(v: Tensor): Tensor {
    return tf.add(weighed(v, this.visibleBias), tf.sum(softplus(this.hiddenLogits(v)), -1));
  }

  /** log of the sum of the weights over v: h `[..., H]` -> `[...]`. */
  logWeightOfHidden(h: Tensor): Tensor {
    return tf.add(weighed(h, this.hiddenBias), tf.sum(softplus(this.visibleLogits(h)), -1));
  }

  /** b + v W. */
  hiddenLogits(v: Tensor): Tensor {
    return tf.add(product(v, this.weight, false), this.hiddenBias);
  }

  /** a + W h. */
  visibleLogits(h: Tensor): Tensor {
    return tf.add(product(h, this.weight, true), this.visibleBias);
  }

  /** Draws of h given v, then of v given h, again and again: `[rows, V]`. */
  gibbs(key: Key, start: Tensor, steps: number): Tensor {
    let v = start;
    for (let i = 0; i < steps; i++) {
      const [forHidden, forVisible] = key.foldIn(i).split(2);
      v = tf.tidy(() => {
        const h = unitsOf(forHidden, this.hiddenLogits(v));
        return unitsOf(forVisible, this.visibleLogits(h));
      });
    }
    return v;
  }
}

/** Zeros and ones, one with probability sigmoid(logits). */
export function unitsOf(key: Key, logits: Tensor): Tensor {
  return key.bernoulli(tf.sigmoid(logits));
}

function weighed(units: Tensor, bias: Tensor): Tensor {
  return tf.sum(tf.mul(units, bias), -1);
}

/** `[..., n]` times the weights or their transpose. */
function product(units: Tensor, weight: Tensor, transposed: boolean): Tensor {
  const rows = tf.reshape<tf.Rank.R2>(units, [-1, units.shape.at(-1)!]);
  const y = tf.matMul(rows, weight, false, transposed);
  return tf.reshape(y, [...units.shape.slice(0, -1), weight.shape[transposed ? 0 : 1]!]);
}
