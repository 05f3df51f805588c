import {
  ActNorm,
  Affine,
  AffineNormalizer,
  type Bijector,
  chain,
  Exp,
  invert,
  LULinear,
  Permute,
  Reverse,
} from '@pushforward/bijectors';
import { Key, type Module, OptionError, type Tensor } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type Adjacency,
  Autoregressive,
  BayesianNetwork,
  bayesianNetwork,
  blockAdjacency,
  type Conditioner,
  Coupling,
  Graphical,
  Triangular,
} from '../index.js';

const [forNet, forWeights, forX] = Key.from(1).split(3);
const parts = { parameters: 2, hidden: [8], activation: 'tanh' } as const;
const affine = new AffineNormalizer();
const base = { eventShape: [4] };

function randomise<M extends Module>(module: M): M {
  for (const [i, variable] of module.parameters().entries())
    tf.tidy(() => {
      variable.assign(forWeights.foldIn(i).normal(variable.shape));
    });
  return module;
}

const step = (conditioner: Conditioner) => new Triangular(randomise(conditioner), affine);
const order = (order = [0, 1, 2, 3]) =>
  new Autoregressive(forNet, { ...parts, features: 4, order });
const along = (adjacency: Adjacency) =>
  new Autoregressive(forNet, { ...parts, features: 4, adjacency });
const coupling = (mask = [1, 1, 0, 0]) => new Coupling(forNet, { ...parts, mask });
const blocks = blockAdjacency([0, 1, 1, 2]);
const collider: Adjacency = [
  [0, 0, 0, 0],
  [0, 0, 0, 0],
  [1, 1, 0, 0],
  [0, 0, 1, 0],
];
const graphical = () => new Graphical(forNet, { ...parts, features: 4, graph: collider });

/** The network of data that `steps`, from data to noise, take to noise. */
const networkOf = (steps: Bijector[], options = {}) =>
  bayesianNetwork({ base, bijector: invert(chain(steps)) }, options);

describe('the network of one step', () => {
  const topologies: [string, () => Conditioner][] = [
    ['an order', () => order([3, 1, 0, 2])],
    ['a coupling', () => coupling([0, 1, 1, 0])],
    ['blocks', () => along(blocks)],
    ['a graph', graphical],
  ];

  it.each(topologies)('is the graph of %s', (_, build) => {
    const conditioner = build();
    const network = networkOf([step(conditioner)]);
    expect(network.adjacency).toEqual(conditioner.adjacency);
    expect(network.names).toEqual(['x_0', 'x_1', 'x_2', 'x_3']);
    expect(network.depth).toBe(conditioner.depth);
    // ActNorm and other elementwise maps change nothing.
    const more = networkOf([new ActNorm(4), step(conditioner), new Affine(1, 2)]);
    expect(more.edges).toEqual(network.edges);
  });

  it('asserts nothing for an order, and what couplings assume for a coupling', () => {
    expect(networkOf([step(order())]).independencies()).toEqual([]);
    const network = networkOf([step(coupling())]);
    expect(network.isSeparated('x_2', 'x_3', ['x_0', 'x_1'])).toBe(true);
    expect(network.isSeparated('x_2', 'x_3', ['x_0'])).toBe(false);
    expect(network.isSeparated('x_0', 'x_1')).toBe(true);
    expect(networkOf([step(order())]).isIMapOf(network)).toBe(true);
    expect(network.isIMapOf(networkOf([step(order())]))).toBe(false);
  });

  it('shows its noise where asked to: figure 4.1 (c)', () => {
    const network = networkOf([step(coupling())], { noise: true });
    expect(network.names).toEqual(['z_0', 'z_1', 'z_2', 'z_3', 'x_0', 'x_1', 'x_2', 'x_3']);
    expect(network.parents('x_2')).toEqual(['z_2', 'x_0', 'x_1']);
    expect(network.parents('x_0')).toEqual(['z_0']);
    expect(network.styles.x_2).toEqual({ layer: 1, isDeterministic: true, bijectiveTo: 'z_2' });
    expect(network.styles.z_2).toEqual({ layer: 0, isDeterministic: false });
    // What the noise adds says nothing new of the data.
    const marginal = networkOf([step(coupling())]);
    for (const [a, b, given] of [
      ['x_2', 'x_3', ['x_0', 'x_1']],
      ['x_2', 'x_3', ['x_0']],
      ['x_0', 'x_1', []],
      ['x_0', 'x_1', ['x_2']],
    ] as const)
      expect(network.isSeparated(a, b, given)).toBe(marginal.isSeparated(a, b, given));
  });

  it('is named after columns', () => {
    const names = ['raf', 'mek', 'erk', 'akt'];
    expect(networkOf([step(graphical())], { names }).parents('erk')).toEqual(['raf', 'mek']);
    expect(() => networkOf([step(graphical())], { names: ['raf'] })).toThrow(OptionError);
    expect(() => bayesianNetwork({ base: { eventShape: [] }, bijector: new Exp() })).toThrow(
      'events must be vectors',
    );
  });
});

describe('the network of a stack', () => {
  it('has the common ancestors of figure 4.2, which relax what one coupling assumes', () => {
    // From data to noise: x_2, x_3 read x_0, x_1; then the other way round.
    const network = networkOf([step(coupling([1, 1, 0, 0])), step(coupling([0, 0, 1, 1]))]);
    expect(network.names).toEqual(
      [0, 1, 2, 3].map((i) => `u1_${i}`).concat([0, 1, 2, 3].map((i) => `x_${i}`)),
    );
    expect(network.parents('u1_0')).toEqual(['u1_2', 'u1_3']);
    expect(network.parents('x_2')).toEqual(['u1_2', 'x_0', 'x_1']);
    expect(network.styles.x_0).toEqual({
      layer: 2,
      isDeterministic: true,
      bijectiveTo: 'u1_0',
    });
    expect(network.isSeparated('x_0', 'x_1')).toBe(false);
    expect(networkOf([step(coupling())]).isSeparated('x_0', 'x_1')).toBe(true);
  });

  it('follows permutations to the places they come from', () => {
    const [one, two] = [step(coupling([1, 1, 0, 0])), step(coupling([1, 1, 0, 0]))];
    const reversed = networkOf([one, new Reverse(4), two, new Reverse(4)]);
    const other = networkOf([step(coupling([1, 1, 0, 0])), step(coupling([0, 0, 1, 1]))]);
    const [a, b] = [reversed, other].map((network) =>
      network.names
        .filter((name) => name.startsWith('x'))
        .map((name) => network.ancestors(name).length),
    );
    expect(a).toEqual(b);
    const turned = networkOf([new Permute([1, 2, 3, 0]), step(graphical())]);
    // What the step calls 0, 1, 2, 3 are the numbers 1, 2, 3, 0 of the data.
    expect(turned.parents('x_3')).toEqual(['x_1', 'x_2']);
    expect(turned.parents('x_0')).toEqual(['x_3']);
  });

  it('reads the noise where the steps are inverted, and all of it after a linear map', () => {
    const iaf = bayesianNetwork({ base, bijector: step(graphical()) });
    // z_2 is read by x_3 as well, z_3 by nobody but x_3.
    expect(iaf.parents('x_2')).toEqual(['z_0', 'z_1', 'z_2']);
    expect(iaf.parents('x_3')).toEqual(['z_2']);
    expect(iaf.isSeparated('x_0', 'x_1')).toBe(true);
    const mixed = bayesianNetwork({ base, bijector: new LULinear(4) });
    expect(mixed.parents('x_2')).toEqual(['z_0', 'z_1', 'z_2', 'z_3']);
    expect(mixed.isSeparated('x_0', 'x_1')).toBe(false);
  });

  it('goes on through a base that is a flow', () => {
    const [one, two] = [step(graphical()), step(coupling())];
    const nested = bayesianNetwork({
      base: { eventShape: [4], base, bijector: invert(two) } as { eventShape: number[] },
      bijector: invert(one),
    });
    expect(nested.edges).toEqual(networkOf([one, two]).edges);
  });
});

onEachEngine(() => {
  /** d^2 log p / dx_i dx_j for standard normal noise, some of whose entries vanish at every x. */
  function couplesPairs(g: Bijector): boolean[][] {
    const x = forX.normal([6, 4]);
    const logProb = (x: Tensor) => {
      const [z, logDet] = g.forwardAndLogDet(x);
      return tf.sub<tf.Scalar>(tf.sum(logDet), tf.mul(0.5, tf.sum(tf.square(z))));
    };
    const row = (i: number) =>
      tf.grad((x) => tf.sum(tf.slice(tf.grad(logProb)(x), [0, i], [-1, 1])))(x);
    return [0, 1, 2, 3].map((i) =>
      tf.tidy(() => [...tf.max(tf.abs(row(i)), 0).dataSync()].map((entry) => entry > 1e-5)),
    );
  }

  const flows: [string, Bijector[]][] = [
    ['a graph', [step(graphical())]],
    ['a coupling', [step(coupling())]],
    ['blocks', [step(along(blocks))]],
    ['a permuted graph', [new Permute([1, 2, 3, 0]), step(graphical())]],
    ['two steps along a graph', [step(graphical()), step(graphical())]],
    ['noise that is read', [invert(step(coupling()))]],
  ];

  it.each(flows)('what the network of %s says of two numbers given the rest holds', (_, steps) => {
    const network = networkOf(steps);
    const couples = couplesPairs(chain(steps));
    for (const i of [0, 1, 2, 3])
      for (const j of [0, 1, 2, 3]) {
        if (i === j) continue;
        const rest = [0, 1, 2, 3].filter((k) => k !== i && k !== j).map((k) => `x_${k}`);
        if (network.isSeparated(`x_${i}`, `x_${j}`, rest)) expect(couples[i]![j]).toBe(false);
        // One step with random weights has no independencies but those of its network.
        else if (steps.length === 1 && network.names.length === 4)
          expect(couples[i]![j]).toBe(true);
      }
  });

  it('no entry but those of the moral graph couples the numbers of one step', () => {
    const network = new BayesianNetwork(collider);
    const couples = couplesPairs(step(graphical()));
    const moral = network.moralGraph().map((pair) => pair.join());
    for (const i of [0, 1, 2, 3])
      for (let j = i + 1; j < 4; j++) expect(couples[i]![j]).toBe(moral.includes(`x_${i},x_${j}`));
  });
});
