import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adjacencyOf, BayesianNetwork, bayesianNetwork, depthOf } from '@pushforward/conditioners';
import { Split } from '@pushforward/datasets';
import { Key, load, OptionError, save, useEngine } from '@pushforward/tensors';
import { expectNoLeak, valuesOf } from '@pushforward/testing';
import { type FitOptions, fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFlow, type FlowSpec, type GraphLearnerOptions, learnGraph } from './index.js';

beforeAll(() => useEngine('wasm'));

/** x_0, x_1 ~ N(0, 1), x_2 ~ N(x_0 - x_1, 0.5^2), x_3 ~ N(x_2, 0.7^2): a collider, so that every edge has a direction. */
function linearGaussian(key: Key, n: number): Split {
  const noise = key.normal([n, 4]);
  const e = noise.dataSync();
  noise.dispose();
  const x = new Float32Array(4 * n);
  for (let i = 0; i < n; i++) {
    const [x0, x1] = [e[4 * i]!, e[4 * i + 1]!];
    const x2 = x0 - x1 + 0.5 * e[4 * i + 2]!;
    x.set([x0, x1, x2, x2 + 0.7 * e[4 * i + 3]!], 4 * i);
  }
  return new Split({ x, columns: ['x_0', 'x_1', 'x_2', 'x_3'] });
}

const truth = new BayesianNetwork(
  adjacencyOf(
    {
      edges: [
        [0, 2],
        [1, 2],
        [2, 3],
      ],
    },
    [0, 1, 2, 3],
  ),
);
const ENTROPY = 4 * 0.5 * Math.log(2 * Math.PI * Math.E) + Math.log(0.5) + Math.log(0.7);

const [forTraining, forValidation, forTest, forLearner, forFit] = Key.from(12).split(5) as [
  Key,
  Key,
  Key,
  Key,
  Key,
];
const data = {
  train: linearGaussian(forTraining, 2000),
  validation: linearGaussian(forValidation, 500),
};
const options: GraphLearnerOptions = {
  features: 4,
  l1: 0.5,
  patience: 3,
  hidden: [16],
  activation: 'tanh',
};
const quick: FitOptions = { key: forFit, batchSize: 250, learningRate: 0.02 };

describe('learnGraph', () => {
  it('finds the network of a linear Gaussian law, and then its density', async () => {
    const learner = learnGraph(forLearner, options);
    const told: boolean[] = [];
    await fit(learner, data, {
      ...quick,
      epochs: 250,
      patience: 20,
      onEpoch: () => {
        told.push(learner.isDecided);
      },
    });
    expect(learner.isDecided).toBe(true);
    // Decided once, with epochs left to train along the graph.
    const decided = told.indexOf(true);
    expect(told.slice(decided).every(Boolean)).toBe(true);
    expect(told.length - decided).toBeGreaterThan(10);

    const network = bayesianNetwork(learner.flow);
    expect(network.isEquivalentTo(truth)).toBe(true);
    const { x } = linearGaussian(forTest, 5000).batch();
    // The standard error of the mean is sqrt(2 / 5000), of four squares of normal numbers: 0.02.
    const logProb = valuesOf(tf.mean(learner.flow.logProb(x)))[0]!;
    expect(Math.abs(logProb + ENTROPY)).toBeLessThan(0.1);
    // Inverted in as many passes as the graph asks for.
    const conditioner = learner.conditioner.along();
    expect(conditioner.depth).toBe(depthOf(truth.adjacency));
    const bijector = learner.flow.bijector;
    expect(bijector.forward(bijector.inverse(x))).toBeAllClose(x, { abs: 1e-4 });
  });

  it('has the same multipliers compiled as not', async () => {
    const run = async (compile: boolean) => {
      const learner = learnGraph(forLearner, { ...options, patience: 1 });
      // A rate of 1e-30 changes no loss, not by a rounding that both would do otherwise: the multipliers grow meanwhile.
      await fit(learner, data, { ...quick, compile, epochs: 6, steps: 48, learningRate: 1e-30 });
      const variables = [...learner.namedVariables()];
      return new Map(variables.map(([name, variable]) => [name, valuesOf(variable)]));
    };
    const [compiled, eager] = [await run(true), await run(false)];
    expect([...compiled.keys()]).toEqual([...eager.keys()]);
    expect(compiled.get('conditioner.graph.multiplier')![0]).toBeGreaterThan(0);
    for (const [name, values] of compiled)
      if (values.every(Number.isFinite))
        expect(values).toBeAllClose(eager.get(name)!, { abs: 1e-6, rel: 1e-4 });
  });

  it('takes the same steps compiled as not, those of the gates included', async () => {
    const run = async (compile: boolean) => {
      // On standardised columns some gradients are zero, and Adam makes a whole step of their rounding.
      const learner = learnGraph(forLearner, { ...options, actNorm: false });
      const start = valuesOf(learner.conditioner.graph.weights);
      await fit(learner, data, { ...quick, compile, steps: 8, epochs: 1 });
      const end = valuesOf(learner.conditioner.graph.weights);
      expect(Math.max(...end.map((a, k) => Math.abs(a - start[k]!)))).toBeGreaterThan(0.05);
      return [...learner.namedVariables()].map(([name, variable]) => [name, valuesOf(variable)]);
    };
    const [compiled, eager] = [await run(true), await run(false)];
    for (const [k, [name, values]] of compiled.entries()) {
      expect(name).toBe(eager[k]![0]);
      if ((values as number[]).every(Number.isFinite))
        expect(values).toBeAllClose(eager[k]![1] as number[], { abs: 1e-4, rel: 1e-4 });
    }
  });

  it('adds its penalty to the loss, and sees the multipliers change when compiled', async () => {
    const learner = learnGraph(forLearner, options);
    const { x } = linearGaussian(forTest, 10).batch();
    const loss = () => valuesOf(learner.loss({ x }, Key.from(1)))[0]!;
    const before = loss();
    learner.conditioner.graph.multiplier.assign(tf.scalar(10));
    const w = valuesOf(learner.conditioner.graph.acyclicity())[0]!;
    expect(loss() - before).toBeCloseTo(10 * w, 3);
    // A step at rate 0 reports the loss that the program computes.
    const losses: number[] = [];
    const step = async () => {
      await fit(learner, data, {
        ...quick,
        batchSize: 2000,
        steps: 1,
        learningRate: 1e-12,
        onStep: ({ loss }) => losses.push(loss),
      });
    };
    await step();
    learner.conditioner.graph.multiplier.assign(tf.scalar(0));
    await step();
    expect(losses[0]! - losses[1]!).toBeCloseTo(10 * w, 2);
  });

  it('goes on after an interruption as if there had been none, its multipliers included', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pushforward-graph-'));
    const run = async (epochs: number, more: Partial<FitOptions>) => {
      const learner = learnGraph(forLearner, { ...options, patience: 1 });
      await fit(learner, data, { ...quick, epochs, learningRate: 1e-8, ...more });
      const variables = [...learner.namedVariables()];
      return variables.map(([name, variable]) => [name, valuesOf(variable)]);
    };
    const checkpoint = `file://${join(folder, 'run')}`;
    const straight = await run(5, {});
    await run(3, { checkpoint });
    expect(await run(5, { checkpoint, resume: true })).toEqual(straight);
    rmSync(folder, { recursive: true });
  });

  it('gives a flow that is saved as one along a graph', async () => {
    const learner = learnGraph(forLearner, { ...options, lastScale: 1 });
    learner.prepare(data.train.batch());
    learner.decide();
    const spec: FlowSpec = {
      flow: 'graphical',
      features: 4,
      hidden: [16],
      activation: 'tanh',
      graph: learner.adjacency,
    };
    const saved: tf.io.ModelArtifacts[] = [];
    const memory = tf.io.withSaveHandler((artifacts) => {
      saved.push(artifacts);
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
      });
    });
    await save(memory, learner.flow, spec);
    const again = await load(tf.io.fromMemory(saved[0]!), (config) =>
      buildFlow(Key.from(1), config as FlowSpec),
    );
    const { x } = linearGaussian(forTest, 10).batch();
    expect(again.logProb(x)).toBeAllClose(learner.flow.logProb(x), {});
    // The loss is now the flow's own.
    const mean = valuesOf(tf.mean(again.logProb(x)))[0]!;
    expect(valuesOf(learner.loss({ x }, Key.from(1)))[0]).toBeCloseTo(-mean, 5);
  });

  it('starts where data are standardised, unless told not to', () => {
    const { x } = data.train.batch();
    const variance = (actNorm: boolean) => {
      const learner = learnGraph(forLearner, { ...options, actNorm });
      learner.prepare({ x });
      // The step after it starts as the identity.
      return valuesOf(tf.moments(learner.flow.bijector.inverse(x), 0).variance)[2]!;
    };
    expect(variance(true)).toBeCloseTo(1, 3);
    expect(Math.abs(variance(false) - 2.25)).toBeLessThan(0.3);
  });

  it('has an inverse only along a graph, refuses unknown options and leaks nothing', () => {
    const learner = learnGraph(forLearner, { ...options, normalizer: 'spline', context: 2 });
    const x = tf.ones([3, 4]);
    const context = tf.ones([3, 2]);
    expect(learner.flow.logProb(x, context).shape).toEqual([3]);
    const monotone = learnGraph(forLearner, {
      ...options,
      normalizer: 'umnn',
      umnn: { steps: 10 },
    });
    expect(monotone.loss({ x }, Key.from(1)).dataSync()[0]).toSatisfy(Number.isFinite);
    expect(monotone.flow.sample(Key.from(1), [2]).shape).toEqual([2, 4]);
    expectNoLeak(() => learner.loss({ x, context }, Key.from(1)));
    expectNoLeak(() => learner.flow.sample(Key.from(1), [2], context));
    expectNoLeak(() => {
      learnGraph(forLearner, options).dispose();
    });
    expect(() =>
      learnGraph(forLearner, { ...options, transforms: 2 } as object as typeof options),
    ).toThrow(OptionError);
    expect(() => learnGraph(forLearner, { ...options, bins: 4 })).toThrow("unknown option 'bins'");
  });
});
