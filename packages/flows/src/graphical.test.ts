import { AffineNormalizer, UMNN } from '@pushforward/bijectors';
import { Autoregressive, bayesianNetwork, Graphical, Triangular } from '@pushforward/conditioners';
import { DomainError, Key, type Module, OptionError } from '@pushforward/tensors';
import { onEachEngine, valuesOf } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { buildFlow, type FlowSpec, type GraphicalFlowOptions, graphical } from './index.js';

const [forFlow, forWeights, forX] = Key.from(1).split(3);
const names = ['raf', 'mek', 'erk', 'akt'];
const options: GraphicalFlowOptions = {
  features: 4,
  hidden: [16],
  nodes: names,
  graph: {
    edges: [
      ['raf', 'mek'],
      ['mek', 'erk'],
      ['raf', 'akt'],
    ],
  },
};

function randomise<M extends Module>(module: M): M {
  for (const [i, variable] of module.parameters().entries())
    tf.tidy(() => {
      variable.assign(tf.add(variable, forWeights.foldIn(i).normal(variable.shape).mul(0.4)));
    });
  return module;
}

const ofNormalizer = { affine: {}, spline: {}, umnn: { umnn: { hidden: [8], steps: 20 } } };

onEachEngine(() => {
  describe.each([
    ['affine', 'shared'],
    ['affine', 'masked'],
    ['spline', 'shared'],
    ['spline', 'masked'],
    ['umnn', 'shared'],
    ['umnn', 'masked'],
  ] as const)('graphical with %s maps and a %s network', (normalizer, network) => {
    const build = () =>
      randomise(
        graphical(forFlow, { ...options, normalizer, network, ...ofNormalizer[normalizer] }),
      );

    it('factorises along its graph: x_i tells of its parents alone', () => {
      const flow = build();
      const x = forX.normal([5, 4]);
      // log p is a sum of terms of each number and its parents: moving two that share no term adds up.
      const at = (moved: number[]) => {
        const shift = tf.tensor1d([0, 1, 2, 3].map((i) => (moved.includes(i) ? 0.5 : 0)));
        return flow.logProb(tf.add(x, shift));
      };
      const mixed = (i: number, j: number) => {
        const both = tf.add(at([i, j]), at([]));
        const difference = tf.sub(both, tf.add(at([i]), at([j])));
        return valuesOf(tf.max(tf.abs(difference)))[0]!;
      };
      const joined = [
        [0, 1],
        [1, 2],
        [0, 3],
      ].map(String);
      for (const i of [0, 1, 2, 3])
        for (let j = i + 1; j < 4; j++) {
          if (joined.includes(String([i, j]))) expect(mixed(i, j)).toBeGreaterThan(1e-3);
          else expect(mixed(i, j)).toBeLessThan(1e-5);
        }
    });

    it('shows its graph as a network, and draws what it scores', () => {
      const flow = build();
      const seen = bayesianNetwork(flow, { names });
      expect(seen.edges.map(String).sort()).toEqual(['mek,erk', 'raf,akt', 'raf,mek']);
      const [x, logProb] = flow.sampleAndLogProb(Key.from(4), [20]);
      expect(flow.logProb(x)).toBeAllClose(logProb, { abs: 1e-4 });
    });
  });
});

describe('the options of graphical flows', () => {
  it('take a normalizer of any kind, one for each transform', () => {
    const make = vi.fn(() => new AffineNormalizer({ scaleBound: 2 }));
    const flow = graphical(forFlow, { ...options, normalizer: make, transforms: 3 });
    expect(make).toHaveBeenCalledTimes(3);
    expect(flow.sample(Key.from(1), [2]).shape).toEqual([2, 4]);
  });

  it('reach the network, the maps and what comes before them', () => {
    const stepOf = (more: Partial<GraphicalFlowOptions>) => {
      const { bijector } = graphical(forFlow, { ...options, ...more });
      const maps = bijector.elements().map((element) => element.bijector);
      const step = maps.find((map) => map instanceof Triangular)!;
      const { conditioner, normalizer } = step;
      return { conditioner, normalizer, others: maps.length - 1 };
    };
    expect(stepOf({}).conditioner).toBeInstanceOf(Graphical);
    expect(stepOf({ network: 'masked' }).conditioner).toBeInstanceOf(Autoregressive);
    expect([stepOf({}).others, stepOf({ actNorm: false }).others]).toEqual([1, 0]);
    expect(stepOf({ normalizer: 'spline', bins: 5 }).normalizer.parameterCount).toBe(14);
    // Of the largest parameters there are, the log-slopes are those of the bound.
    const { normalizer } = stepOf({ scaleBound: 3 });
    const [, logSlope] = normalizer.forwardAndLogDet(tf.ones([1]), tf.fill([1, 2], 1e6));
    expect(logSlope).toBeAllClose([Math.log(3)], { abs: 1e-4 });
  });

  it('name a monotone network, in words as well', () => {
    const umnn = { embedding: 3, hidden: [8], steps: 10 };
    const { graph, nodes } = { graph: { edges: [[0, 1]] as const }, nodes: [0, 1] };
    const options = { features: 2, hidden: [8], lastScale: 1, graph, nodes } as const;
    const build = () => graphical(forFlow, { ...options, normalizer: 'umnn', umnn });
    const flow = build();
    const x = forX.normal([4, 2]);
    const logProb = flow.logProb(x);
    const spec: FlowSpec = { flow: 'graphical', ...options, normalizer: 'umnn', umnn };
    expect(buildFlow(forFlow, spec).logProb(x)).toBeAllClose(logProb, { abs: 0, rel: 0 });
    const made = graphical(forFlow, { ...options, normalizer: (key) => new UMNN(key, umnn) });
    expect(made.logProb(x)).toBeAllClose(logProb, { abs: 0, rel: 0 });
    expect(valuesOf(logProb)).not.toEqual(valuesOf(graphical(forFlow, options).logProb(x)));
  });

  it('let grandparents in with a second transform', () => {
    const network = bayesianNetwork(graphical(forFlow, { ...options, transforms: 2 }), { names });
    expect(network.isSeparated('raf', 'erk', 'mek')).toBe(false);
    expect(
      bayesianNetwork(graphical(forFlow, options), { names }).isSeparated('raf', 'erk', 'mek'),
    ).toBe(true);
  });

  it.each([
    [
      'a cycle',
      {
        graph: {
          edges: [
            ['raf', 'mek'],
            ['mek', 'raf'],
          ],
        },
      },
      DomainError,
      '-> mek',
    ],
    ['a stranger', { graph: { edges: [['raf', 'jnk']] } }, OptionError, 'jnk'],
    ['a permutation', { permutation: 'lu' }, OptionError, "'permutation'"],
    ['an integrand of splines', { normalizer: 'spline', umnn: {} }, OptionError, "'umnn'"],
    ['an unknown option of umnn', { normalizer: 'umnn', umnn: { bins: 3 } }, OptionError, 'bins'],
    ['bins of affine maps', { bins: 8 }, OptionError, "'bins'"],
    ['no normalizer', { normalizer: 'cubic' }, OptionError, 'affine, spline, umnn or a function'],
    ['no network', { network: 'none' }, OptionError, 'shared or masked'],
    ['no transform', { transforms: 0 }, DomainError, 'transforms'],
  ])('refuse %s', (_, more, error, message) => {
    const build = () => graphical(forFlow, { ...options, ...more } as GraphicalFlowOptions);
    expect(build).toThrow(error);
    expect(build).toThrow(message);
  });
});
