import { DomainError, Key, OptionError } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { elbo, perceptron } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { shortPendulums, times } from '../../test/pendulums.js';
import { type HybridModel, hvae } from '../index.js';
import { FilteredPosterior } from '../posteriors/filtered.js';

const none = { alpha: 0, beta: 0, gamma: 0 };
const batch = () => ({
  x: Key.from(1).normal([4, times.length - 1, 2]),
  context: Key.from(2).normal([4, 2]),
});

/** A model with weights of all sizes, and its posterior. */
function filtering(weights: Parameters<typeof hvae>[0]): [HybridModel, FilteredPosterior] {
  const model = shortPendulums({
    ...{ encoder: perceptron([4], 'tanh'), filter: perceptron([4], 'tanh') },
    objective: hvae(weights),
  });
  for (const [i, weight] of model.parameters().entries())
    weight.assign(tf.mul(0.2, Key.from(3).foldIn(i).normal(weight.shape)));
  const { posterior } = model;
  if (!(posterior instanceof FilteredPosterior)) throw new Error('It does not filter.');
  return [model, posterior];
}

onEachEngine(() => {
  it('without its terms is the evidence lower bound', () => {
    const [model] = filtering(none);
    const data = batch();
    const bound = elbo().loss(model, data, Key.from(4));
    expect(model.loss(data, Key.from(4))).toBeAllClose(bound, { rel: 1e-5 });
  });

  it('has terms that are what their formulas say', () => {
    const key = Key.from(4);
    const data = batch();
    const [model, posterior] = filtering(none);
    const read = tf.concat([tf.reshape(data.x, [4, -1]), data.context], 1);
    const [forZ, forParameters] = key.split(2);
    const [z, logQ] = model.posteriorAt(data.x, data.context).sampleAndLogProb(forZ);
    const [y, ye] = [
      model.decoder.respond(z, data.context),
      model.decoder.expertResponse(z, data.context),
    ];
    const costOf = (weights: object) =>
      hvae({ ...none, ...weights })
        .loss(model, data, key)
        .dataSync()[0]!;
    const term = (weights: object) => costOf(weights) - costOf({});

    const divergence = tf.sub(logQ, model.priorAt(data.context).logProb(z));
    const between = tf.div(tf.square(tf.div(tf.sub(y, ye), model.noise.scale())), 2);
    const ppc = tf.mean(tf.add(tf.sum(between, [1, 2]), divergence)).dataSync()[0]!;
    expect(term({ alpha: 2 })).toBeCloseTo(2 * ppc, 3);

    const za = tf.slice(z, [0, 1], [4, 1]);
    const off = tf.sub(posterior.filtered(za, read), tf.reshape(ye, [4, -1]));
    expect(term({ beta: 3 })).toBeCloseTo(3 * tf.mean(tf.sum(tf.square(off), 1)).dataSync()[0]!, 3);

    const drawn = forParameters.uniform([4, 1], 0.5, 3.5);
    const pure = tf.reshape(model.decoder.expertResponse(drawn, data.context), [4, -1]);
    const error = tf.div(tf.sub(posterior.read(pure, read), drawn), 3);
    expect(term({ gamma: 5 })).toBeCloseTo(5 * tf.mean(tf.square(error)).dataSync()[0]!, 3);

    const action = model.decoder.distance(z, data.context, data.x).dataSync()[0]!;
    expect(term({ leastAction: 7 })).toBeCloseTo(7 * action, 3);
  });

  it('draws parameters and knows how likely they are', () => {
    const [, posterior] = filtering(none);
    const context = Key.from(5).normal([3, posterior.contextSize]);
    const [z, logProb] = posterior.sampleAndLogProb(Key.from(6), [5], context);
    expect(z.shape).toEqual([5, 3, 2]);
    expect(posterior.logProb(z, context)).toBeAllClose(logProb, { abs: 1e-3 });
    const ze = tf.squeeze(tf.slice(posterior.middle(context), [0, 0], [3, 1]), [1]);
    expect(tf.min(ze).dataSync()[0]).toBeGreaterThan(0.5);
    expect(posterior.supervise(Key.from(7), tf.fill([3, 1], 2), context).shape).toEqual([3]);
  });

  it('leaves no tensor behind', () => {
    const [model, posterior] = filtering({ leastAction: 1 });
    const data = batch();
    expectNoLeak(() => model.loss(data, Key.from(1)));
    const context = tf.ones([3, posterior.contextSize]);
    expectNoLeak(() => posterior.middle(context));
    expectNoLeak(() => model.predict(Key.from(1), data, { draws: 2 }));
  });
});

it('teaches the filter by R_DA1, and the second network alone by R_DA2', () => {
  const data = batch();
  const [model] = filtering(none);
  const gradients = (weights: object) => {
    const objective = hvae({ ...none, ...weights });
    return tf.variableGrads(() => objective.loss(model, data, Key.from(1)).asScalar()).grads;
  };
  const without = gradients({});
  const taught = (weights: object) => {
    const withTerm = gradients(weights);
    const paths = [...model.namedParameters()].filter(([, { name }]) => {
      const change = tf.sub(withTerm[name] ?? 0, without[name] ?? 0);
      return tf.max(tf.abs(change)).dataSync()[0]! > 1e-3;
    });
    return [...new Set(paths.map(([path]) => path.split('.').slice(0, 2).join('.')))];
  };
  expect(taught({ gamma: 100 })).toEqual(['posterior.reader']);
  expect(taught({ beta: 100 })).toEqual(['posterior.learned', 'posterior.filter']);
});

it('checks its options', () => {
  expect(() => hvae({ alpha: -1 })).toThrow(DomainError);
  const model = shortPendulums({ objective: hvae() });
  expect(() => model.loss(batch(), Key.from(1))).toThrow(/'filter'/);
  expect(() => shortPendulums({ latent: 0, filter: perceptron([2]) })).toThrow(OptionError);
});
