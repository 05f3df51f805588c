import { Affine } from '@pushforward/bijectors';
import { Key, Module, type Tensor } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  Bernoulli,
  Categorical,
  conditional,
  type Distribution,
  flatten,
  given,
  Independent,
  Mixture,
  Normal,
  pushforward,
  stack,
} from './index.js';

/** Tells its context. */
class Same extends Module {
  readonly inputs = 1;
  readonly outputs = 1;

  apply(context: Tensor): Tensor {
    return tf.clone(context);
  }
}

/** Laws of numbers, of batch `[1]`, by one number `[1]`. */
const laws: Record<string, (theta: Tensor) => Distribution> = {
  Normal: (theta) => new Normal(theta, 1.5),
  Bernoulli: (theta) => new Bernoulli(theta),
  Mixture: (theta) => new Mixture(tf.stack([theta, tf.zeros([1])], -1), new Normal([[-1, 2]], 0.5)),
};

/** Those within others. */
const wrapped: Record<string, (law: Distribution) => Distribution> = {
  Independent: (law) => new Independent(law, 1),
  flatten: (law) => flatten(new Independent(law, 1)),
  stack: (law) => stack([law, new Normal([0], 1)]),
  pushforward: (law) => pushforward(law, new Affine(1, 2)),
};

describe('reparameterised', () => {
  onEachEngine(() => {
    it.each(Object.entries(laws))(
      '%s: gradients through draws are true where it says so',
      (_, make) => {
        const theta = tf.tensor1d([0.7]);
        const exact = tf.grad((theta) => {
          const law = make(theta);
          return tf.add(tf.square(law.mean!()), law.variance!());
        })(theta);
        const throughDraws = tf.grad((theta) =>
          tf.mean(tf.square(make(theta).sample(Key.from(1), [20_000])), 0),
        )(theta);
        const [truth, got] = [exact, throughDraws].map((g) => valuesOf(g)[0]!);
        // Five standard errors are less, and what is missing is more.
        expect(Math.abs(got! - truth!) < 0.08).toBe(make(theta).reparameterised);
      },
    );
  });

  it.each(Object.entries(wrapped))('%s is as what it is made of', (_, wrap) => {
    expect(wrap(new Normal([0], 1)).reparameterised).toBe(true);
    expect(wrap(new Bernoulli([0])).reparameterised).toBe(false);
  });

  it('conditional laws are as those of their family', () => {
    const context = tf.ones([3, 1]);
    for (const [law, expected] of [
      [conditional(new Same(), (h) => new Independent(new Normal(h, 1), 1)), true],
      [conditional(new Same(), (h) => new Independent(new Bernoulli(h), 1)), false],
    ] as const) {
      expect(law.reparameterised).toBe(expected);
      expect(given(law, context).reparameterised).toBe(expected);
      // A law at a context that is not simply told by a network.
      const mapped = pushforward(law, new Affine(0, 2));
      expect(given(mapped, context).reparameterised).toBe(expected);
    }
    expect(new Categorical([0, 1]).reparameterised).toBe(false);
  });
});
