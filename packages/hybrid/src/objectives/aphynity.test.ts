import { compile } from '@pushforward/compile';
import { MLP } from '@pushforward/nn';
import { Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import { elbo, gaussian, perceptron, vae } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shortPendulums, times } from '../../test/pendulums.js';
import {
  aphynity,
  dirac,
  gridEncoder,
  type HybridModel,
  hvae,
  hybrid,
  pendulum,
  reactionDiffusion,
  sameForAll,
  simulate,
  Trajectories,
} from '../index.js';

const report = { epoch: 1, step: 1, trainLoss: 0, validationLoss: undefined };

onEachEngine(() => {
  it('is lambda MSE + |F_a|^2, where lambda grows by tau times the error of training', () => {
    const model = shortPendulums({
      ...{ posterior: dirac, encoder: sameForAll(), objective: aphynity({ lambda: 3, tau: 7 }) },
    });
    for (const [i, weight] of model.decoder.parameters().entries())
      weight.assign(tf.mul(0.1, Key.from(i).normal(weight.shape)));
    const batch = {
      x: Key.from(1).normal([4, times.length - 1, 2]),
      context: Key.from(2).normal([4, 2]),
    };
    const z = tf.tile(tf.tensor2d([[2, 0]]), [4, 1]);
    const mse = tf
      .mean(tf.square(tf.sub(batch.x, model.decoder.respond(z, batch.context))))
      .dataSync()[0]!;
    const simple = model.decoder.distance(z, batch.context, batch.x).dataSync()[0]!;
    expect(simple).toBeGreaterThan(1e-5);
    const loss = () => model.loss(batch, Key.from(3)).asScalar();
    expect(loss()).toBeAllClose(3 * mse + simple, { rel: 1e-5 });
    // Losses that are not trained on do not count.
    model.loss({ ...batch, x: tf.mul(9, batch.x) }, Key.from(3));
    tf.variableGrads(loss);
    expect(model.objective.endOfEpoch!(report)).toBe(true);
    const lambda = 3 + 7 * mse;
    expect(loss()).toBeAllClose(lambda * mse + simple, { rel: 1e-5 });
    tf.variableGrads(loss);
    tf.variableGrads(loss);
    model.objective.endOfEpoch!(report);
    expect(loss()).toBeAllClose((lambda + 7 * mse) * mse + simple, { rel: 1e-5 });
  });

  it('leaves no tensor behind', () => {
    const model = shortPendulums({ posterior: dirac, objective: aphynity() });
    const batch = { x: tf.ones([2, times.length - 1, 2]), context: tf.ones([2, 2]) };
    expectNoLeak(() => model.loss(batch, Key.from(1)));
    expectNoLeak(() => {
      const { value, grads } = tf.variableGrads(() => model.loss(batch, Key.from(1)).asScalar());
      tf.dispose([value, grads]);
    });
    expectNoLeak(() => {
      model.objective.endOfEpoch!(report);
    });
  });
});

it('grows lambda behind every n epochs', () => {
  const objective = aphynity({ every: 3 });
  expect([1, 2, 3, 4].map((epoch) => objective.endOfEpoch!({ ...report, epoch }))).toEqual([
    ...[false, false, true, false],
  ]);
});

it('teaches the noise from what is left, and nothing else about it', () => {
  const model = shortPendulums({ posterior: dirac, objective: aphynity(), noise: 0.5 });
  const batch = { x: tf.ones([2, times.length - 1, 2]), context: tf.zeros([2, 2]) };
  const { grads } = tf.variableGrads(() => model.loss(batch, Key.from(1)).asScalar());
  const [logScale] = model.noise.parameters();
  // Residuals of one: d/d log s of the mean of r^2 / 2 s^2 + log s, half of it for each of two numbers of a state.
  const expected = (1 - 1 / 0.25) / 2;
  expect(grads[logScale!.name]!).toBeAllClose([expected, expected], { rel: 1e-3 });
  // Whatever the noise is, all else learns alike.
  logScale!.assign(tf.fill(logScale!.shape, -5));
  const { grads: others } = tf.variableGrads(() => model.loss(batch, Key.from(1)).asScalar());
  let slopes = 0;
  for (const { name } of [...model.decoder.parameters(), ...model.posterior.parameters()]) {
    expect(others[name]!).toBeAllClose(grads[name]!, { rel: 1e-4, abs: 1e-7 });
    slopes += tf.sum(tf.abs(grads[name]!)).dataSync()[0]!;
  }
  expect(slopes).toBeGreaterThan(1e-3);
});

/** Expects the loss of a model and its gradients, at random weights, to be the same compiled as eagerly. */
async function expectSameCompiled(model: HybridModel, x: tf.Tensor, context: tf.Tensor) {
  for (const [i, weight] of model.parameters().entries())
    weight.assign(tf.mul(0.3, Key.from(2).foldIn(i).normal(weight.shape)));
  const step = (x: tf.Tensor, context: tf.Tensor, key: Key) => {
    const { value, grads } = tf.variableGrads(
      () => model.loss({ x, context }, key).asScalar(),
      model.parameters(),
    );
    return [value, ...Object.values(grads)];
  };
  const compiled = compile(step);
  const eager = step(x, context, Key.from(5));
  for (const [i, g] of (await compiled(x, context, Key.from(5))).entries())
    expect(g).toBeAllClose(eager[i]!, { abs: 1e-4, rel: 1e-3 });
  compiled.dispose();
}

it('steps compiled as eagerly, as other objectives do', async () => {
  const steps = [0, 0.2, 0.4];
  const x = Key.from(3).normal([3, 2, 2]);
  const context = Key.from(4).normal([3, 2]);
  const encoder = perceptron([4], 'tanh');
  for (const options of [
    { posterior: dirac, objective: aphynity({ lambda: 5 }) },
    { objective: elbo() },
    { encoder, filter: encoder, objective: hvae() },
  ])
    await expectSameCompiled(shortPendulums({ times: steps, ...options }), x, context);
});

it('steps compiled as eagerly for fields on grids', async () => {
  const model = hybrid(Key.from(1), {
    ...{ expert: reactionDiffusion({ size: 4 }), times: [0, 0.1], posterior: dirac },
    encoder: gridEncoder({ channels: [2], head: [] }),
    objective: aphynity(),
  });
  const [x, context] = [Key.from(3).normal([2, 1, 4, 4, 2]), Key.from(4).normal([2, 32])];
  await expectSameCompiled(model, x, context);
});

it('is for hybrid models', () => {
  const model = vae(Key.from(1), {
    ...{ likelihood: gaussian(2), latent: 1, encoder: perceptron([2]), decoder: perceptron([2]) },
    objective: aphynity(),
  });
  expect(() => model.loss({ x: tf.zeros([1, 2]) }, Key.from(1))).toThrow(OptionError);
});

it('finds the frequency of one system, and its friction, where the expert alone cannot fit', async () => {
  // Four swings of one pendulum, of omega0 = 2 and alpha = 0.4.
  const seconds = Array.from({ length: 13 }, (_, i) => 0.25 * i);
  const truth = pendulum({ complete: true });
  const context = tf.tensor2d([
    [1.4, 0],
    [-0.7, 1],
    [0.4, -1.5],
    [-1, -1],
  ]);
  const parameters = truth.vector({ omega0: [2, 2, 2, 2], alpha: 0.4 });
  const states = simulate(truth, { parameters, context, times: seconds });
  const seen = new Trajectories({
    ...{ times: seconds, stateShape: [2], states: states.dataSync() as Float32Array },
  });
  const batch = seen.batch();
  const expert = pendulum();
  const errorOf = (omega0: number) => {
    const y = simulate(expert, { parameters: tf.fill([4, 1], omega0), context, times: seconds });
    return tf.mean(tf.square(tf.sub(y, states))).dataSync()[0]!;
  };
  const alone = Math.min(...Array.from({ length: 50 }, (_, i) => errorOf(1.5 + i / 50)));

  const model = hybrid(Key.from(1), {
    ...{ expert, times: seconds, latent: 0, encoder: sameForAll(), posterior: dirac },
    remainder: (key, sizes) =>
      new MLP(key, { ...sizes, hidden: [16], activation: 'tanh', lastScale: 0 }),
    objective: aphynity({ lambda: 100, tau: 100 }),
  });
  const options = { key: Key.from(2), epochs: 250, learningRate: 0.02 };
  await fit(model, { train: seen }, options);

  const error = tf.mean(tf.square(tf.sub(batch.x, model.fitted(batch)))).dataSync()[0]!;
  expect(error).toBeLessThan(alone / 20);
  const omega0 = model.estimate(batch).omega0!.dataSync()[0]!;
  expect(Math.abs(omega0 - 2) / 2).toBeLessThan(0.03);
  // A decoder that has learned friction loses energy from starts that it has not seen, as the truth does.
  const other = tf.tensor2d([[0.9, 0.5]]);
  const forecast = model.predict(
    Key.from(3),
    { x: tf.slice(batch.x, [0], [1]), context: other },
    {
      noise: false,
    },
  );
  const [, expected] = tf.split(
    simulate(truth, { parameters: tf.tensor2d([[2, 0.4]]), context: other, times: seconds }),
    [1, seconds.length - 1],
    1,
  );
  expect(forecast).toBeAllClose(tf.expandDims(expected!, 0), { abs: 0.1 });
});
