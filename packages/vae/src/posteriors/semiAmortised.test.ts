import {
  conditional,
  DiagonalNormal,
  type Distribution,
  standardNormal,
} from '@pushforward/distributions';
import { Linear, MLP, zeros } from '@pushforward/nn';
import { DomainError, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { inOrder } from '../../test/inOrder.js';
import { fixedNoise, sigmaPoints } from '../../test/linearGaussian.js';
import { bernoulli, diagonalNormal, elbo, Family, semiAmortised, VAE } from '../index.js';

/** Normal laws of one number and a fixed deviation, selected by their mean. */
class OfMean extends Family {
  override readonly parameterCount = 1;
  override readonly eventShape = [1];

  constructor(private readonly deviation: number) {
    super();
  }

  override law(h: Tensor): Distribution {
    return new DiagonalNormal(h, this.deviation);
  }
}

/** A key of which all draws are the given ones. */
const noiseOf = (points: Tensor): Key => {
  const key = fixedNoise(points);
  return Object.assign(key, { foldIn: () => key });
};

/** p(z) = N(0, 1), p(x | z) = N(a z, s^2), q_0(z | x) = N(w x, t^2). */
function linear(options: { steps: number; rate: number; differentiated?: boolean }) {
  const [a, w, s, t] = [1.5, -0.2, 0.8, 0.5];
  const layer = (value: number) => {
    const layer = new Linear(Key.from(1), 1, 1, { initialiser: zeros, bias: false });
    layer.weight.assign(tf.tensor2d([[value]]));
    return layer;
  };
  const [decoder, encoder] = [layer(a), layer(w)];
  const parts = {
    prior: standardNormal([1]),
    likelihood: conditional(decoder, (mean) => new DiagonalNormal(mean, s)),
  };
  // One point on either side: averages of squares are exact.
  const objective = elbo({ draws: 2 });
  const noise = noiseOf(sigmaPoints(3, 1));
  const posterior = semiAmortised(noise, encoder, new OfMean(t), {
    ...parts,
    objective,
    ...options,
  });
  const model = new VAE({ ...parts, posterior, objective });
  return { model, noise, decoder, encoder, a, w, s, t };
}

/** The bound of N(m, t^2), and where steps from w x lead: contraction to the mean of the exact posterior. */
function closedForm({ s, t }: { s: number; t: number }, x: Tensor) {
  const mean = (a: Tensor, start: Tensor, { steps, rate }: { steps: number; rate: number }) => {
    const curvature = tf.add(1, tf.div(tf.square(a), s ** 2));
    const end = tf.div(tf.mul(tf.div(a, s ** 2), x), curvature);
    const left = tf.pow(tf.sub(1, tf.mul(rate, curvature)), steps);
    return tf.add(end, tf.mul(left, tf.sub(start, end)));
  };
  const bound = (a: Tensor, m: Tensor) => {
    const squares = tf.add(tf.square(tf.sub(x, tf.mul(a, m))), tf.mul(tf.square(a), t ** 2));
    const reconstruction = tf.add(
      tf.div(squares, 2 * s ** 2),
      0.5 * Math.log(2 * Math.PI * s ** 2),
    );
    const divergence = tf.add(tf.mul(0.5, tf.square(m)), 0.5 * (t ** 2 - 1) - Math.log(t));
    return tf.mean(tf.add(reconstruction, divergence));
  };
  return { mean, bound };
}

describe('semi-amortised posteriors', () => {
  onEachEngine(() => {
    const x = tf.tensor2d([[0.7], [-1.2], [2]]);

    it.each([1, 4])('take %d steps, in a linear model towards the exact posterior', (steps) => {
      const parts = linear({ steps, rate: 0.1 });
      const { mean } = closedForm(parts, x);
      const expected = mean(tf.scalar(parts.a), tf.mul(parts.w, x), { steps, rate: 0.1 });
      const newNoise = vi.spyOn(parts.noise, 'foldIn');
      expect(parts.model.posteriorAt(x).mean!()).toBeAllClose(expected, { abs: 1e-5 });
      expect(newNoise.mock.calls).toEqual(Array.from({ length: steps }, (_, step) => [step]));
    });

    it.each([true, false])(
      'have the gradients of what they say (differentiated: %s)',
      (differentiated) => {
        const options = { steps: 3, rate: 0.1 };
        const parts = linear({ ...options, differentiated });
        const { model, noise, decoder, encoder } = parts;
        const { mean, bound } = closedForm(parts, x);
        const [a, w] = [tf.scalar(parts.a), tf.scalar(parts.w)];
        const end = mean(a, tf.mul(w, x), options);
        const moved = tf.sub(end, tf.mul(w, x));
        // The steps as functions of both weights, or as a fixed move.
        const loss = differentiated
          ? (a: Tensor, w: Tensor) => bound(a, mean(a, tf.mul(w, x), options))
          : (a: Tensor, w: Tensor) => bound(a, tf.add(tf.mul(w, x), moved));
        const expected = tf.grads(loss)([a, w]);
        const run = () => model.loss({ x }, noise) as tf.Scalar;
        const { value, grads } = tf.variableGrads(run, model.parameters());
        expect(value).toBeAllClose(loss(a, w), { abs: 1e-5 });
        for (const [i, { weight }] of [decoder, encoder].entries())
          expect(tf.reshape(grads[weight.name]!, [])).toBeAllClose(expected[i]!, { abs: 1e-4 });
      },
    );

    it('come to the exact posterior, whose bound is the evidence', () => {
      const { decoder, s } = linear({ steps: 1, rate: 0.1 });
      const parts = {
        prior: standardNormal([1]),
        likelihood: conditional(decoder, (mean) => new DiagonalNormal(mean, s)),
      };
      const encoder = new Linear(Key.from(1), 1, 2, { initialiser: zeros });
      const noise = noiseOf(sigmaPoints(3, 1));
      const objective = elbo({ draws: 2 });
      const posterior = semiAmortised(noise, encoder, diagonalNormal(1), {
        ...{ ...parts, objective, steps: 150, rate: 0.3 },
      });
      const model = new VAE({ ...parts, posterior, objective });
      const evidence = new DiagonalNormal(tf.zeros([1]), Math.sqrt(1.5 ** 2 + s ** 2)).logProb(x);
      expect(model.loss({ x }, noise)).toBeAllClose(tf.neg(tf.mean(evidence)), { abs: 1e-4 });
    });

    it('treat rows and draws as other posteriors do, with a context', () => {
      const encoder = new MLP(Key.from(1), {
        inputs: 7,
        outputs: 4,
        hidden: [6],
        activation: 'tanh',
      });
      const decoder = new MLP(Key.from(2), {
        inputs: 4,
        outputs: 5,
        hidden: [6],
        activation: 'tanh',
      });
      const parts = { prior: standardNormal([2]), likelihood: conditional(decoder, bernoulli(5)) };
      const posterior = semiAmortised(Key.from(3), encoder, diagonalNormal(2), {
        ...parts,
        steps: 4,
      });
      const model = new VAE({ ...parts, posterior });
      const [x, context] = [Key.from(4).bernoulli(0.5, [6, 5]), Key.from(5).normal([6, 2])];
      const q = model.posteriorAt(x, context);
      expect(q.sample(Key.from(6), [3]).shape).toEqual([3, 6, 2]);
      // Same rows in two axes: the noise is that of the row.
      const reshaped = model.posteriorAt(tf.reshape(x, [2, 3, 5]), tf.reshape(context, [2, 3, 2]));
      expect(tf.reshape(reshaped.mean!(), [6, 2])).toBeAllClose(q.mean!(), { abs: 1e-6 });
      expectNoLeak(() => model.loss({ x, context }, Key.from(7)));
      expectNoLeak(() =>
        tf.variableGrads(
          () => model.loss({ x, context }, Key.from(7)) as tf.Scalar,
          model.parameters(),
        ),
      );
      // Encoder and decoder, each once.
      expect(model.parameters().length).toBe(8);
    });
  });

  it.each([true, false])(
    'train, compiled as eagerly (differentiated: %s)',
    async (differentiated) => {
      const x = tf.mul(Key.from(1).bernoulli(0.5, [32, 1]), tf.ones([32, 5]));
      const losses = async (compile: boolean) => {
        const encoder = new MLP(Key.from(1), {
          inputs: 5,
          outputs: 4,
          hidden: [6],
          activation: 'tanh',
        });
        const decoder = new MLP(Key.from(2), {
          inputs: 2,
          outputs: 5,
          hidden: [6],
          activation: 'tanh',
        });
        const parts = {
          prior: standardNormal([2]),
          likelihood: conditional(decoder, bernoulli(5)),
        };
        const posterior = semiAmortised(Key.from(3), encoder, diagonalNormal(2), {
          ...{ ...parts, steps: 3, differentiated },
        });
        const model = new VAE({ ...parts, posterior });
        const options = { key: Key.from(4), epochs: 8, batchSize: 16, compile, learningRate: 2e-2 };
        const { history } = await fit(model, { train: inOrder(x) }, options);
        return history.map(({ trainLoss }) => trainLoss);
      };
      const eager = await losses(false);
      expect(await losses(true)).toBeAllClose(eager, { rel: 1e-3 });
      expect(eager.at(-1)!).toBeLessThan(eager[0]! - 0.2);
    },
  );

  it('refuse what makes no sense', () => {
    const encoder = new Linear(Key.from(1), 5, 4);
    const decoder = new Linear(Key.from(2), 2, 5);
    const parts = { prior: standardNormal([2]), likelihood: conditional(decoder, bernoulli(5)) };
    const build = (options: object) =>
      semiAmortised(Key.from(3), encoder, diagonalNormal(2), { ...parts, ...options });
    expect(() => build({ steps: 0 })).toThrow(DomainError);
    expect(() => build({ rate: 0 })).toThrow(DomainError);
    expect(() => build({ momentum: 1 })).toThrow(OptionError);
    expect(() => build({ objective: elbo({ annealing: 3 }) })).toThrow(OptionError);
    expect(() => build({ objective: elbo({ distortion: 3 }) })).toThrow(OptionError);
    expect(() => build({ prior: standardNormal([3]) })).toThrow(ShapeError);
  });
});
