import { standardNormal } from '@pushforward/distributions';
import { Network } from '@pushforward/nn';
import {
  DomainError,
  Key,
  Module,
  OptionError,
  parameter,
  ShapeError,
  type Tensor,
} from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import { diagonalNormal, Objective, perceptron } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shortPendulums, times } from '../test/pendulums.js';
import {
  aphynity,
  dirac,
  expert,
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

  it('learns from what the decoder tells of drawn parameters and of what is found in the data', () => {
    // y' = a + z_a, where 5 is found: from y = 0 on, slopes of what is told are 5 more than a.
    const drift = expert({
      parameters: { a: { min: 0, max: 1 } },
      state: ['y'],
      field: (_, __, { a }) => ({ y: a }),
    });
    class Learned extends Module {
      apply = (x: Tensor) => tf.slice(x, [0, 1], [-1, 1]);
    }
    /** Finds in y the place of a in its range by w y, and 5 in anything. */
    class Reads extends Network {
      override readonly inputs = 2;
      override readonly outputs = 2;
      readonly numbers = parameter(() => tf.tensor1d([0.2, 5]));
      override apply(x: Tensor) {
        const [w, found] = tf.unstack(this.numbers);
        const y = tf.slice(x, [0, 0], [-1, 1]);
        return tf.concat([tf.mul(w!, y), tf.add(tf.zerosLike(y), found!)], 1);
      }
    }
    const heard: Tensor[] = [];
    class Hears extends Objective {
      override loss = (_: unknown, { x }: { x: Tensor }) => {
        heard.push(tf.keep(tf.clone(x)));
        return tf.mean(x);
      };
    }
    const model = hybrid(Key.from(1), {
      ...{
        expert: drift,
        times: [0, 1],
        posterior: dirac,
        encoder: () => new Reads(),
        noise: 2e-5,
      },
      ...{ remainder: () => new Learned(), objective: new Hears() },
    });
    const [numbers] = model.posterior.parameters();
    const batch = { x: tf.fill([40, 1, 1], 7), context: tf.zeros([40, 1]) };
    const loss = (learned: 'posterior' | 'prior', combined = false) => {
      const options = { parameters: { a: [0.6, 0.7] }, learned, combined } as const;
      return expertAugmentation(model, options).loss(batch, Key.from(2)).asScalar();
    };
    const own = loss('posterior').dataSync()[0]!;
    const drawn = tf.sub(heard[0]!, 5);
    expect(tf.min(drawn).dataSync()[0]).toBeGreaterThan(0.599);
    expect(tf.max(drawn).dataSync()[0]).toBeLessThan(0.701);
    const read = tf.sigmoid(tf.mul(0.2, heard[0]!));
    const told = tf.mean(tf.square(tf.sub(drawn, read))).dataSync()[0]!;
    expect(own - tf.mean(heard[0]!).dataSync()[0]!).toBeCloseTo(told, 4);
    loss('posterior', true);
    expect(tf.slice(heard[1]!, [0], [40])).toBeAllClose(batch.x, {});
    expect(tf.slice(heard[1]!, [40], [40])).toBeAllClose(heard[0]!, { abs: 1e-3 });
    loss('prior');
    // 40 of N(0, 1) have a mean beyond 1 once in 10^9.
    expect(Math.abs(tf.mean(heard[2]!).dataSync()[0]! - 0.65)).toBeLessThan(1);
    // What the decoder tells counts as given: only how it is read has a slope.
    const { grads } = tf.variableGrads(() => loss('posterior'), [numbers!]);
    const [, ofLearned] = grads[numbers!.name]!.dataSync();
    expect(ofLearned).toBe(0);
    tf.dispose(heard);
  });

  it('has a finite cost for the ends of ranges, which uniform draws may be', () => {
    const model = shortPendulums({ posterior: diagonalNormal });
    const context = tf.zeros([2, model.posterior.contextSize]);
    const cost = model.posterior.supervise(Key.from(1), tf.tensor2d([[0.5], [3.5]]), context);
    for (const each of cost.dataSync()) expect(Number.isFinite(each)).toBe(true);
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
  expect(() => expertAugmentation(model, { learned: 'data' as 'prior' })).toThrow(OptionError);
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
