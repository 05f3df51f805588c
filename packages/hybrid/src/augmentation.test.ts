import { standardNormal } from '@pushforward/distributions';
import { DomainError, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import { diagonalNormal, perceptron } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shortPendulums, times } from '../test/pendulums.js';
import {
  aphynity,
  dirac,
  expertAugmentation,
  hybrid,
  massSpringDamper,
  simulate,
  Trajectories,
} from './index.js';

onEachEngine(() => {
  it('trains the encoder alone', () => {
    const model = shortPendulums({ posterior: diagonalNormal });
    const learner = expertAugmentation(model);
    expect(learner.parameters()).toEqual(model.posterior.parameters());
    expect(learner.parameters()).not.toHaveLength(0);
  });

  it('costs the half of both losses and of what the drawn parameters cost to tell', () => {
    const model = shortPendulums({
      posterior: dirac,
      objective: aphynity({ lambda: 2 }),
      noise: 0.01,
    });
    const batch = { x: tf.ones([5, times.length - 1, 2]), context: tf.ones([5, 2]) };
    const key = Key.from(1);
    const cost = (supervision: number, combined: boolean) =>
      expertAugmentation(model, { parameters: { omega0: [3.2, 3.3] }, supervision, combined })
        .loss(batch, key)
        .dataSync()[0]!;
    const told = cost(1, false) - cost(0, false);
    // Whatever is seen, an encoder that has learned nothing says about 2, where 3.2 to 3.3 is drawn, of a range of 3.
    expect(told).toBeGreaterThan(0.05);
    expect(cost(3, false) - cost(0, false)).toBeCloseTo(3 * told, 4);
    const own = model.loss(batch, key).dataSync()[0]!;
    expect(cost(1, true)).toBeCloseTo((cost(1, false) + own) / 2, 4);
  });

  it('leaves no tensor behind', () => {
    const model = shortPendulums({ posterior: diagonalNormal });
    const batch = { x: tf.ones([2, times.length - 1, 2]), context: tf.ones([2, 2]) };
    for (const learned of ['posterior', 'prior'] as const) {
      const learner = expertAugmentation(model, { learned });
      expectNoLeak(() => learner.loss(batch, Key.from(1)));
    }
  });
});

it('checks names, ranges and shapes', () => {
  const model = shortPendulums();
  const law = (parameters: Record<string, [number, number]>) => () =>
    expertAugmentation(model, { parameters });
  expect(law({ omega: [1, 2] })).toThrow(OptionError);
  expect(law({ omega0: [0, 2] })).toThrow(DomainError);
  expect(law({ omega0: [2, 1] })).toThrow(DomainError);
  expect(() => expertAugmentation(model, { parameters: standardNormal([2]) })).toThrow(ShapeError);
});

it('finds parameters that the data did not have, and costs nothing for those that they had', async () => {
  // Springs with a damper that the expert does not know of: stiff ones in training, soft ones behind.
  const seconds = Array.from({ length: 7 }, (_, i) => 0.3 * i);
  const truth = massSpringDamper({ complete: true });
  const draw = (key: Key, n: number, low: number, high: number) => {
    const [forK, forC, forStart, forNoise] = key.split(4);
    const k = forK.uniform([n], low, high);
    const states = simulate(truth, {
      parameters: truth.vector({ k, c: forC.uniform([n], 0.2, 0.6) }),
      context: tf.add(1, tf.mul(0.2, forStart.normal([n, 2]))),
      times: seconds,
    });
    const seen = tf.add(states, tf.mul(0.01, forNoise.normal(states.shape)));
    return new Trajectories({
      ...{ times: seconds, stateShape: [2], states: seen.dataSync() as Float32Array },
      parameters: { k: k.dataSync() as Float32Array },
    });
  };
  const train = draw(Key.from(1), 128, 4, 8);
  const [seen, shifted] = [draw(Key.from(2), 64, 4, 8), draw(Key.from(3), 64, 1, 3)];
  const model = hybrid(Key.from(4), {
    expert: massSpringDamper({ ranges: { k: { min: 0.5, max: 10 } } }),
    ...{ times: seconds, encoder: perceptron([32], 'silu'), posterior: dirac, noise: 0.02 },
    objective: aphynity({ lambda: 100, tau: 100 }),
  });
  const errorOn = (data: Trajectories) =>
    tf.tidy(() => {
      const { k } = model.estimate(data.batch());
      const truth = data.parameters.k!;
      return tf.mean(tf.abs(tf.div(tf.sub(k as Tensor, truth), truth))).dataSync()[0]!;
    });
  const options = { epochs: 100, batchSize: 128, learningRate: 0.01 };
  await fit(model, { train }, { key: Key.from(5), ...options });
  const before = { seen: errorOn(seen), shifted: errorOn(shifted) };
  const decoder = model.decoder.parameters().map((weight) => weight.dataSync().slice());

  model.calibrate(train.batch());
  const learner = expertAugmentation(model, { parameters: { k: [0.8, 9] } });
  await fit(learner, { train }, { key: Key.from(6), ...options });
  const after = { seen: errorOn(seen), shifted: errorOn(shifted) };

  expect(before.seen).toBeLessThan(0.1);
  expect(after.seen).toBeLessThan(before.seen + 0.03);
  expect(after.shifted).toBeLessThan(before.shifted / 2);
  expect(model.decoder.parameters().map((weight) => weight.dataSync().slice())).toEqual(decoder);
});
