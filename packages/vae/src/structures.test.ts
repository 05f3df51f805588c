/**
 * The contracts as they are carry models of several latent nodes, of context at any node, and of labels that are seen
 * at times.
 */
import {
  conditional,
  DiagonalNormal,
  Distribution,
  given,
  Normal,
  standardNormal,
} from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { type Batch, Key, logSoftmax, softmax, type Tensor } from '@pushforward/tensors';
import { expectNoLeak } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { elbo, iwae, type LatentVariableModel, Objective, VAE, wakeSleep } from './index.js';

/** weights . inputs + bias. */
function linear(weights: number[], bias = 0): Linear {
  const network = new Linear(Key.from(1), weights.length, 1, { initialiser: zeros, bias: zeros });
  network.weight.assign(tf.tensor2d(weights, [weights.length, 1]));
  network.bias!.assign(tf.tensor1d([bias]));
  return network;
}
const normal = (weights: number[], variance: number) =>
  conditional(linear(weights), (h) => new DiagonalNormal(h, Math.sqrt(variance)));

/**
 * Two numbers z_1, z_2 of a directed graph: `first` is a root, the other is its child, and both read the context behind
 * it.
 */
class TwoNodes extends Distribution {
  override readonly eventShape = [2];
  override readonly contextSize: number;

  constructor(
    readonly first: 0 | 1,
    readonly root: Distribution,
    readonly child: Distribution,
  ) {
    super();
    this.contextSize = root.contextSize;
  }

  override logProb(z: Tensor, context: Tensor): Tensor {
    return tf.tidy(() => {
      const [a, b] = this.inOrder(tf.split(z, 2, -1));
      return tf.add(given(this.root, context).logProb(a), this.childOf(a, context).logProb(b));
    });
  }

  override sample(key: Key, shape: readonly number[], context: Tensor): Tensor {
    return tf.tidy(() => {
      const a = given(this.root, context).sample(key.foldIn(0), shape);
      return tf.concat(this.inOrder([a, this.childOf(a, context).sample(key.foldIn(1))]), -1);
    });
  }

  private childOf(a: Tensor, context: Tensor): Distribution {
    const rows = tf.broadcastTo(context, [...a.shape.slice(0, -1), this.contextSize]);
    return given(this.child, tf.concat([a, rows], -1));
  }

  private inOrder([a, b]: Tensor[]): [Tensor, Tensor] {
    return this.first === 0 ? [a!, b!] : [b!, a!];
  }
}

describe('the contracts', () => {
  it('carry a hierarchy that reads its context at every node', () => {
    // z1 ~ N(c, 1), z2 ~ N(z1 / 2 + c, 1), x ~ N(z2 - c, 1): x ~ N(c / 2, 9 / 4). The posterior goes the other way,
    // from x to z2 ~ N(3 c / 2 + 5 / 9 (x - c / 2), 5 / 9) to z1 ~ N(c + 2 / 5 (z2 - 3 c / 2), 4 / 5).
    const prior = new TwoNodes(0, normal([1], 1), normal([0.5, 1], 1));
    const posterior = new TwoNodes(
      1,
      normal([5 / 9, 1.5 - 5 / 18], 5 / 9),
      normal([0.4, 0, 0.4], 0.8),
    );
    const likelihood = normal([0, 1, -1], 1);
    const [x, context] = [Key.from(1).normal([7, 1]), Key.from(2).normal([7, 1])];
    const exact = tf.neg(tf.mean(new Normal(tf.div(context, 2), 1.5).logProb(x)));
    for (const objective of [elbo({ draws: 3 }), iwae({ draws: 4 }), wakeSleep({ draws: 4 })]) {
      const model = new VAE({ prior, likelihood, posterior, objective });
      expect(model.contextSize).toBe(1);
      expect(model.loss({ x, context }, Key.from(3))).toBeAllClose(exact, { abs: 1e-5 });
      expect(model.sample(Key.from(3), [5], context).shape).toEqual([5, 7, 1]);
      expectNoLeak(() => model.loss({ x, context }, Key.from(3)));
    }
  });

  it('carry labels that are seen at times, summed over where they are not', () => {
    // z ~ N(0, 1), y a fair coin, x ~ N(z + 3 y, 1): q(z | x, y) = N((x - 3 y) / 2, 1 / 2), q(y | x) = sigmoid(3 x / 2
    // - 9 / 4).
    const model = new VAE({
      prior: standardNormal([1]),
      likelihood: normal([1, 3], 1),
      posterior: normal([0.5, -1.5], 0.5),
      objective: new SemiSupervised(linear([1.5], -2.25)),
    });
    expect([...model.namedParameters().keys()]).toContain('objective.classifier.weight');
    const x = tf.mul(2, Key.from(1).normal([9, 1]));
    const log = (y: number) => new Normal(3 * y, Math.SQRT2).logProb(x);
    const unseen = tf.log(tf.mul(0.5, tf.add(tf.exp(log(0)), tf.exp(log(1)))));
    expect(model.loss({ x }, Key.from(2))).toBeAllClose(tf.neg(tf.mean(unseen)), { abs: 1e-5 });
    const label = Key.from(3).bernoulli(0.5, [9, 1]);
    const seen = tf.add(tf.where(tf.equal(label, 1), log(1), log(0)), Math.log(0.5));
    expect(model.loss({ x, label }, Key.from(2))).toBeAllClose(tf.neg(tf.mean(seen)), {
      abs: 1e-5,
    });
  });
});

/**
 * The bound of p(x, y) where the batch has a label y, else that of p(x) by q(y | x): its label is the model's context.
 */
class SemiSupervised extends Objective {
  constructor(readonly classifier: Linear) {
    super();
  }

  override loss(model: LatentVariableModel, { x, label }: Batch, key: Key): Tensor {
    return tf.tidy(() => {
      const boundAt = (y: Tensor) => {
        const [z, logQ] = model.posteriorAt(x, y).sampleAndLogProb(key);
        const logJoint = tf.add(model.likelihoodAt(z, y).logProb(x), model.priorAt(y).logProb(z));
        return tf.add(tf.sub(logJoint, logQ), Math.log(0.5));
      };
      if (label !== undefined) return tf.neg(tf.mean(boundAt(label)));
      const logits = this.classifier.apply(x);
      const both = tf.concat([tf.zerosLike(logits), logits], -1);
      const bounds = [0, 1].map((y) => boundAt(tf.fill([x.shape[0], 1], y)));
      const surprise = tf.sub(tf.stack(bounds, -1), logSoftmax(both));
      return tf.neg(tf.mean(tf.sum(tf.mul(softmax(both), surprise), -1)));
    });
  }
}
