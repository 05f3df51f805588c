/** The steps of the reference's flows, with its weights: its normalizers, and ours for everything around them. */
import { type Bijector, LULinear, type Normalizer, Permute, UMNN } from '@pushforward/bijectors';
import { Autoregressive, Conditioner, Coupling, Triangular } from '@pushforward/conditioners';
import { type Activation, MLP } from '@pushforward/nn';
import { Key, type Tensor } from '@pushforward/tensors';
import type { GoldenRecord } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { ShiftAndScale, Spline, Standardise } from './normalizers.js';
import { load, type Weight } from './weights.js';

/** All weights are replaced. */
const key = Key.from(1);
const scaleBound = 1000;

/** One network for all dimensions, which reads the parents of one and which it is. */
class Graphical extends Conditioner {
  override readonly depth = Number.NaN; // nobody asks for it
  override readonly transformed: readonly number[];
  override readonly parameterCount: number;

  constructor(
    readonly net: MLP,
    override readonly adjacency: number[][],
  ) {
    super();
    this.parameterCount = net.outputs;
    this.transformed = adjacency.map((_, i) => i);
  }

  override parametersOf(x: Tensor): Tensor {
    const [D, batch] = [this.adjacency.length, x.shape.slice(0, -1)];
    const parents = tf.mul(tf.expandDims(x, -2), tf.tensor2d(this.adjacency));
    const which = tf.add(tf.eye(D), tf.zeros([...batch, D, D]));
    return this.net.apply(tf.concat([parents, which], -1));
  }
}

/** The reference lists the first parameters of all dimensions, then the second ones; we list them by dimension. */
function byDimension(dimensions: number): number[] {
  return Array.from({ length: 2 * dimensions }, (_, o) => (o % 2) * dimensions + (o >> 1));
}

/** (I + L)(U + diag e^d) x + b, where our d passes a soft clip first. */
function buildLU(step: GoldenRecord, gradient: GoldenRecord): [Bijector, Weight[]] {
  const features = step.vector('b').length;
  const map = new LULinear(features, { scaleBound });
  const variables = map.namedVariables();
  const bound = Math.log(scaleBound);
  const room = tf.sub(1, tf.div(tf.abs(step.tensor('log_diag')), bound));
  variables.get('permutation')!.assign(tf.eye(features));
  const weight = (
    name: string,
    golden: string,
    value: Tensor,
    toReference: (dy: Tensor) => Tensor,
  ): Weight => {
    const variable = variables.get(name)!;
    variable.assign(value);
    return { variable, expected: gradient.tensor(golden), toReference };
  };
  const same = (x: Tensor) => x;
  return [
    map,
    [
      weight('lower', 'L', step.tensor('L'), same),
      weight('upper', 'U', step.tensor('U'), same),
      weight('logDiagonal', 'log_diag', tf.div(step.tensor('log_diag'), room), (dy) =>
        tf.div(dy, tf.square(room)),
      ),
      weight('bias', 'b', step.tensor('b'), same),
    ],
  ];
}

/** The integrand of the reference, which reads the embedding without its first number, beta. */
function buildUMNN(step: GoldenRecord, gradient: GoldenRecord): [UMNN, Weight[]] {
  const [net, dNet] = [step.record('integrand'), gradient.record('integrand')];
  const [layers, gradients] = [net.records('layers'), dNet.records('layers')];
  const umnn = new UMNN(key, {
    // t, and all of the embedding but beta.
    embedding: layers[0]!.matrix('W')[0]!.length,
    hidden: layers.slice(0, -1).map((layer) => layer.vector('b').length),
    activation: net.text('activation') as Activation,
    leastSlope: 0,
    // Where ELU + 1 passes 1 its second derivative jumps, and quadrature gains digits slowly.
    steps: Float32Array.BYTES_PER_ELEMENT === 8 ? 1600 : 100,
  });
  const weights = umnn.area.integrand.net.layers.flatMap((layer, l): Weight[] => {
    const weight = tf.transpose(layers[l]!.tensor('W'));
    const [inputs, width] = weight.shape as [number, number];
    const read = tf.slice(weight, [1, 0], [inputs - 1, width]);
    const withBeta = tf.concat([tf.slice(weight, 0, 1), tf.zeros([1, width]), read]);
    layer.weight.assign(l === 0 ? withBeta : weight);
    layer.bias!.assign(layers[l]!.tensor('b'));
    const withoutBeta = (dy: Tensor) =>
      tf.concat([tf.slice(dy, 0, 1), tf.slice(dy, [2, 0], [inputs - 1, width])]);
    const toReference = (dy: Tensor) => tf.transpose(l === 0 ? withoutBeta(dy) : dy);
    return [
      { variable: layer.weight, expected: gradients[l]!.tensor('W'), toReference },
      { variable: layer.bias!, expected: gradients[l]!.tensor('b'), toReference: (dy) => dy },
    ];
  });
  return [umnn, weights];
}

/** A step of the reference and its weights. */
export function build(step: GoldenRecord, gradient: GoldenRecord): [Bijector, Weight[]] {
  const type = step.text('type');
  if (type === 'permute') return [new Permute(step.vector('perm')), []];
  if (type === 'lu') return buildLU(step, gradient);
  const net = step.record('net');
  const layers = net.records('layers');
  const gradients = gradient.record('net').records('layers');
  const network = {
    hidden: layers.slice(0, -1).map((layer) => layer.vector('b').length),
    activation: net.text('activation') as Activation,
  };
  const [normalizer, weights] = buildNormalizer(step, gradient);
  const parameters = normalizer.parameterCount;
  if (type.startsWith('graphical')) {
    const adjacency = step.matrix('adjacency');
    const inputs = 2 * adjacency.length;
    const net = new MLP(key, { ...network, inputs, outputs: parameters });
    const conditioner = new Graphical(net, adjacency);
    // (mean, log scale) of the reference are our shift and log scale.
    return [new Triangular(conditioner, normalizer), [...load(net, layers, gradients), ...weights]];
  }
  const conditioner = step.has('mask')
    ? new Coupling(key, { ...network, parameters, mask: step.vector('mask') })
    : new Autoregressive(key, {
        ...network,
        parameters,
        features: step.vector('order').length,
        order: step.vector('order'),
      });
  const rows =
    type === 'maf' || type === 'affine-coupling'
      ? byDimension(conditioner.transformed.length)
      : undefined;
  if (!(conditioner.net instanceof MLP)) throw new Error('The network is no MLP.');
  return [
    new Triangular(conditioner, normalizer),
    [...load(conditioner.net, layers, gradients, rows), ...weights],
  ];
}

function buildNormalizer(step: GoldenRecord, gradient: GoldenRecord): [Normalizer, Weight[]] {
  const type = step.text('type');
  if (type.includes('umnn')) return buildUMNN(step, gradient);
  if (type === 'maf') return [new Standardise(), []];
  if (type.startsWith('rqs')) return [new Spline(step.number('bins'), step.number('bound')), []];
  return [new ShiftAndScale(), []];
}
