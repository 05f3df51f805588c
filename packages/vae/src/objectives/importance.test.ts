/** Importance-weighted objectives, from the weights of the golden file and from closed forms. */
import { conditional, DiagonalNormal } from '@pushforward/distributions';
import { Linear, zeros } from '@pushforward/nn';
import { Key, type Variable } from '@pushforward/tensors';
import { describeGolden, expectNoLeak, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it, vi } from 'vitest';
import { expectSameCompiled } from '../../test/compiled.js';
import { fixedNoise, linearGaussian } from '../../test/linearGaussian.js';
import { bernoulli, iwae, type Objective, perceptron, VAE, vae, wakeSleep } from '../index.js';

const ofModel = ['W', 'mu', 'log_sigma'] as const;
const ofPosterior = ['A', 'a', 'logvar'] as const;
type Name = (typeof ofModel | typeof ofPosterior)[number];
type Gradients = Record<Name, tf.Tensor>;

/** Derivatives of the loss, by name. */
function gradients(
  { model, variables }: ReturnType<typeof linearGaussian>,
  x: tf.Tensor,
  key: Key,
): Gradients {
  const { value, grads } = tf.variableGrads(
    () => model.loss({ x }, key).asScalar(),
    model.parameters(),
  );
  value.dispose();
  return Object.fromEntries(
    Object.entries<Variable>(variables).map(([name, { name: id }]) => [name, grads[id]!]),
  ) as Gradients;
}

const mean = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
const logMeanExp = (numbers: number[]) => Math.log(mean(numbers.map(Math.exp)));

describeGolden('t15_vae', ({ cases, tolerance }) => {
  const example = cases.find(({ name }) => name === 'ppca D5 L2')!;
  const { params, input, output } = example;
  const logWeights = output.matrix('log_w');
  const groups = logWeights.map((row) => [0, 4, 8, 12].map((begin) => row.slice(begin, begin + 4)));
  const elbo = mean(logWeights.map(mean));
  const one = mean(logWeights.map(logMeanExp));
  const four = mean(groups.map((row) => mean(row.map(logMeanExp))));

  onEachEngine(() => {
    const noise = () => fixedNoise(tf.transpose(input.tensor('eps'), [1, 0, 2]));
    const under = (objective: Objective) => linearGaussian(params, objective);
    const boundOf = (objective: Objective) =>
      -under(objective)
        .model.loss({ x: input.tensor('x') }, noise())
        .dataSync()[0]!;
    const gradientsOf = (objective: Objective) =>
      gradients(under(objective), input.tensor('x'), noise());

    it('are means of bounds, sums with the lower bound, and in order', () => {
      for (const doublyReparameterised of [true, false]) {
        const bound = (options: object) =>
          boundOf(iwae({ draws: 4, bounds: 4, doublyReparameterised, ...options }));
        expect(bound({})).toBeAllClose(four, tolerance);
        expect(bound({ elboShare: 0.3 })).toBeAllClose(0.3 * elbo + 0.7 * four, tolerance);
        expect(bound({ partial: true })).toBeAllClose(one, tolerance);
        const all = { draws: 16, bounds: 1 };
        expect(bound({ ...all, elboShare: 0.3 })).toBeAllClose(0.3 * elbo + 0.7 * one, tolerance);
        // By Jensen's inequality at any draws, not only in expectation.
        const ordered = [{ bounds: 16, draws: 1 }, { ...all, elboShare: 0.5 }, all].map(bound);
        expect(ordered[0]).toBeAllClose(elbo, tolerance);
        expect(ordered[1]).toBeGreaterThan(ordered[0]!);
        expect(ordered[2]).toBeGreaterThan(ordered[1]!);
        expect(bound({})).toBeGreaterThan(ordered[0]!);
        expect(bound({})).toBeLessThan(ordered[2]!);
      }
    });

    it('are partial: one bound for the model, a mean of bounds for the posterior', () => {
      const plain = { draws: 4, bounds: 4, doublyReparameterised: false };
      const partial = gradientsOf(iwae({ ...plain, partial: true }));
      const whole = gradientsOf(iwae({ ...plain, draws: 16, bounds: 1 }));
      const halves = gradientsOf(iwae(plain));
      for (const name of ofModel)
        expect(partial[name], name).toBeAllClose(whole[name], { abs: 1e-4, rel: 1e-4 });
      for (const name of ofPosterior)
        expect(partial[name], name).toBeAllClose(halves[name], { abs: 1e-4, rel: 1e-4 });
      // They are not the same thing.
      expect(tf.max(tf.abs(tf.sub(whole.W, halves.W))).dataSync()[0]).toBeGreaterThan(0.01);
      expect(tf.max(tf.abs(tf.sub(whole.A, halves.A))).dataSync()[0]).toBeGreaterThan(0.01);
      const twice = gradientsOf(iwae({ draws: 4, bounds: 4, partial: true }));
      for (const name of ofModel)
        expect(twice[name], name).toBeAllClose(whole[name], { abs: 1e-4, rel: 1e-4 });
    });

    it('wake: weighted draws teach as if they were given', () => {
      // z = m + s e and q(z | x) = N(m, s^2): d log q / dm = e / s, d log q / d log s = e^2 - 1.
      const x = input.tensor('x');
      const m = tf.add(
        tf.matMul(x as tf.Tensor2D, params.tensor('A') as tf.Tensor2D, false, true),
        params.vector('a'),
      );
      const s = tf.exp(tf.mul(0.5, params.vector('logvar')));
      const e = input.tensor('eps');
      const weights = tf.expandDims(tf.softmax(output.tensor('log_w'), -1), -1);
      const score = tf.sum(tf.mul(weights, tf.div(e, s)), 1);
      const rows = m.shape[0];
      const got = gradientsOf(wakeSleep({ draws: 16, posteriorFrom: 'wake' }));
      const close = { abs: 1e-4, rel: 1e-4 };
      expect(got.a).toBeAllClose(tf.div(tf.sum(score, 0), -rows), close);
      expect(got.A).toBeAllClose(
        tf.div(tf.matMul(score as tf.Tensor2D, x as tf.Tensor2D, true, false), -rows),
        close,
      );
      const spread = tf.mean(tf.sum(tf.mul(weights, tf.sub(tf.square(e), 1)), 1), 0);
      expect(got.logvar).toBeAllClose(tf.neg(spread), close);
      const whole = gradientsOf(iwae({ draws: 16 }));
      for (const name of ofModel) expect(got[name], name).toBeAllClose(whole[name], close);
      expect(boundOf(wakeSleep({ draws: 16, posteriorFrom: 'wake' }))).toBeAllClose(one, tolerance);
    });

    it('both: the mean of the two teaches the posterior, and the model learns as awake', () => {
      const all = ['sleep', 'wake', 'both'] as const;
      const [asleep, awake, both] = all.map((posteriorFrom) =>
        gradients(under(wakeSleep({ draws: 4, posteriorFrom })), input.tensor('x'), Key.from(1)),
      ) as [Gradients, Gradients, Gradients];
      const close = { abs: 1e-5, rel: 1e-5 };
      for (const name of ofPosterior)
        expect(both[name], name).toBeAllClose(
          tf.mul(0.5, tf.add(asleep[name], awake[name])),
          close,
        );
      for (const name of ofModel) expect(both[name], name).toBeAllClose(awake[name], close);
    });

    it('sleep: dreams teach what they are known to', () => {
      // z - A x - a = (I - A W) z - sigma A e - A mu - a, z and e of N(0, I): E_p log q(z | x) is in closed form.
      const parts = under(wakeSleep());
      const { A, a, logvar } = parts.variables;
      const { grads } = tf.variableGrads(() => {
        const encoder = A as unknown as tf.Tensor2D;
        const decoder = params.tensor('W') as tf.Tensor2D;
        const noise = tf.mul(params.number('sigma'), encoder);
        const signal = tf.sub(tf.eye(2), tf.matMul(encoder, decoder));
        const offset = tf.add(
          tf.matMul(encoder, tf.expandDims<tf.Tensor2D>(params.vector('mu'), 1)),
          tf.expandDims(a, 1),
        );
        const squares = tf.sum(tf.square(tf.concat([signal, noise, offset], 1)), 1);
        const scaled = tf.mul(tf.exp(tf.mul(-2, logvar)), squares);
        return tf.sum(tf.add(logvar, tf.mul(0.5, scaled))).asScalar();
      }, [A, a, logvar]);
      const x = tf.tile(input.tensor('x'), [50, 1]);
      const each = Array.from({ length: 60 }, (_, i) => gradients(parts, x, Key.from(i)));
      for (const name of ofPosterior) {
        const { mean, variance } = tf.moments(tf.stack(each.map((g) => g[name])), 0);
        const error = tf.sqrt(tf.div(variance, each.length));
        const z = tf.div(tf.sub(mean, grads[parts.variables[name].name]!), error);
        // That one of 14 numbers is 5 standard errors away happens once in 100,000.
        expect(Math.max(...tf.abs(z).dataSync()), name).toBeLessThan(5);
      }
    });

    it('stay finite where all weight is on one draw, and leave no tensor behind', () => {
      // Weights differ by hundreds of nats: most shares are 0 in single precision.
      const x = tf.mul(1000, input.tensor('x'));
      for (const objective of [
        iwae({ draws: 2, bounds: 4, partial: true }),
        iwae({ draws: 2, bounds: 4, partial: true, doublyReparameterised: false }),
        iwae({ draws: 8, elboShare: 0.2 }),
        wakeSleep({ draws: 8 }),
      ]) {
        const parts = under(objective);
        for (const g of Object.values(gradients(parts, x, Key.from(1))))
          expect(tf.all(tf.isFinite(g)).dataSync()[0]).toBe(1);
        expectNoLeak(() => gradients(parts, x, Key.from(1)));
        expectNoLeak(() => parts.model.loss({ x }, Key.from(1)));
      }
    });
  });

  it('have the gradients of the same bounds where these are doubly reparameterised', () => {
    const small = cases.find(({ name }) => name === 'ppca D3 L1')!;
    const x = small.input.tensor('x');
    const average = (objective: Objective) => {
      const parts = linearGaussian(small.params, objective);
      const each = Array.from({ length: 300 }, (_, i) =>
        tf.concat(Object.values(gradients(parts, x, Key.from(i))).map((g) => tf.reshape(g, [-1]))),
      );
      const { mean, variance } = tf.moments(tf.stack(each), 0);
      return { mean, error: tf.div(variance, each.length) };
    };
    for (const options of [
      { draws: 2, bounds: 3 },
      { draws: 3, elboShare: 0.4 },
      { draws: 2, bounds: 2, partial: true },
    ]) {
      const got = average(iwae(options));
      const want = average(iwae({ ...options, doublyReparameterised: false }));
      const z = tf.div(tf.sub(got.mean, want.mean), tf.sqrt(tf.add(got.error, want.error)));
      // That one of 12 numbers is 5 standard errors away happens once in 140,000.
      expect(Math.max(...tf.abs(z).dataSync())).toBeLessThan(5);
    }
  });
});

it('dreams once for each row, at its context', () => {
  // Of z ~ N(c, 0.01^2) and x ~ N(z + c, 0.01^2) dreams are (2 c, c): the posterior N(a x + b c, 1) hears -(c - 2 a c - b
  // c) (2 c, c) of each.
  const normal = (weights: number[], deviation: number) => {
    const network = new Linear(Key.from(1), weights.length, 1, { initialiser: zeros, bias: false });
    network.weight.assign(tf.tensor2d(weights, [weights.length, 1]));
    return conditional(network, (h) => new DiagonalNormal(h, deviation));
  };
  const [a, b] = [0.3, -0.2];
  const model = new VAE({
    prior: normal([1], 0.01),
    likelihood: normal([1, 1], 0.01),
    posterior: normal([a, b], 1),
    objective: wakeSleep(),
  });
  const [x, context] = [tf.tensor2d([[0.5], [4], [-1]]), tf.tensor2d([[1], [2], [-1.5]])];
  const draws = vi.spyOn(DiagonalNormal.prototype, 'sample');
  const run = () => model.loss({ x, context }, Key.from(2)) as tf.Scalar;
  const { grads } = tf.variableGrads(run, model.posterior.parameters());
  const square = (1 + 4 + 2.25) / 3;
  const expected = tf.tensor2d([[2], [1]]).mul(-(1 - 2 * a - b) * square);
  expect(Object.values(grads)[0]!).toBeAllClose(expected, { rel: 0.05 });
  const shapes = draws.mock.results.map(({ value }) => (value as tf.Tensor).shape);
  draws.mockRestore();
  expect(shapes).toEqual([
    [1, 3, 1],
    [3, 1],
    [3, 1],
  ]);
});

it.each([
  ['a mean of bounds', iwae({ draws: 2, bounds: 2 })],
  ['a sum with the lower bound', iwae({ draws: 3, elboShare: 0.5 })],
  ['a partial bound', iwae({ draws: 2, bounds: 2, partial: true })],
  ['wake-sleep', wakeSleep()],
  ['reweighted wake-sleep', wakeSleep({ draws: 3 })],
])('is compiled what it is eagerly: %s', async (_, objective) => {
  const networks = { encoder: perceptron([6]), decoder: perceptron([6]) };
  const model = vae(Key.from(1), { ...networks, likelihood: bernoulli(5), latent: 2, objective });
  await expectSameCompiled(model);
});
