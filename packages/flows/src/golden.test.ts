/**
 * Whole flows with the weights of a reference implementation: noise, log-determinants, densities, inverses, and the
 * gradients with respect to data and to every weight.
 *
 * The reference has other scales and slopes than our affine and spline normalizers, so these are test normalizers, the
 * spline on our kernel; everything around them is ours.
 */
import {
  type Bijector,
  chain,
  inverseRationalQuadraticSpline,
  LULinear,
  Normalizer,
  Permute,
  rationalQuadraticSpline,
  UMNN,
} from '@pushforward/bijectors';
import { Autoregressive, Conditioner, Coupling, Triangular } from '@pushforward/conditioners';
import { type Distribution, normalizingFlow, standardNormal } from '@pushforward/distributions';
import { type Activation, type Linear, MaskedLinear, MLP } from '@pushforward/nn';
import { exp, Key, softmax, softplus, type Tensor, type Variable } from '@pushforward/tensors';
import { describeGolden, type GoldenRecord, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';

const key = Key.from(1);
const scaleBound = 1000;
const double = Float32Array.BYTES_PER_ELEMENT === 8;

/** A weight of ours, and its gradient in the layout of the reference. */
interface Weight {
  readonly variable: Variable;
  readonly expected: Tensor;
  readonly toReference: (gradient: Tensor) => Tensor;
}

/** z = x e^s + t with (t, s) = h. */
class ShiftAndScale extends Normalizer {
  override readonly parameterCount = 2;

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    const [shift, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.add(tf.mul(x, exp(logScale)), shift), logScale];
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    const [shift, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.mul(tf.sub(y, shift), exp(tf.neg(logScale))), tf.neg(logScale)];
  }
}

/** z = (x - m) e^-a with (m, a) = h. */
class Standardise extends Normalizer {
  override readonly parameterCount = 2;

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    const [mean, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.mul(tf.sub(x, mean), exp(tf.neg(logScale))), tf.neg(logScale)];
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    const [mean, logScale] = tf.unstack(h, -1) as [Tensor, Tensor];
    return [tf.add(tf.mul(y, exp(logScale)), mean), logScale];
  }
}

/** The spline of Durkan et al. with their smallest bin and slope. */
class Spline extends Normalizer {
  override readonly parameterCount: number;

  constructor(
    private readonly bins: number,
    private readonly bound: number,
  ) {
    super();
    this.parameterCount = 3 * bins - 1;
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    return rationalQuadraticSpline(x, ...this.knots(h));
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    return inverseRationalQuadraticSpline(y, ...this.knots(h));
  }

  private knots(h: Tensor): [Tensor, Tensor, Tensor] {
    const least = 2 ** -10;
    const [widths, heights, raw] = tf.split(h, [this.bins, this.bins, this.bins - 1], -1) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const one = tf.ones([...h.shape.slice(0, -1), 1]);
    const slopes = tf.add(least, softplus(tf.add(raw, Math.log(Math.expm1(1 - least)))));
    return [this.positions(widths), this.positions(heights), tf.concat([one, slopes, one], -1)];
  }

  private positions(logits: Tensor): Tensor {
    const least = 2 ** -10;
    const sizes = tf.add(least, tf.mul(1 - least * this.bins, softmax(logits)));
    const before = tf.tensor2d(
      Array.from({ length: this.bins }, (_, i) =>
        Array.from({ length: this.bins - 1 }, (_, k) => Number(i <= k)),
      ),
    );
    const inner = tf.matMul(tf.reshape(sizes, [-1, this.bins]), before);
    const end = tf.ones([...logits.shape.slice(0, -1), 1]);
    const parts = tf.concat(
      [tf.zerosLike(end), tf.reshape(inner, [...logits.shape.slice(0, -1), this.bins - 1]), end],
      -1,
    );
    return tf.sub(tf.mul(2 * this.bound, parts), this.bound);
  }
}

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

/** Sets the weights of a network, whose output `rows[o]` is output o of the reference. */
function load(net: MLP, layers: GoldenRecord[], gradients: GoldenRecord[], rows?: number[]) {
  const outputsOf = (l: number) => {
    if (l < 0) return undefined;
    return l === net.layers.length - 1 ? rows : byDegree(layers[l]!);
  };
  return net.layers.flatMap((layer, l): Weight[] => {
    const [golden, gradient] = [layers[l]!, gradients[l]!];
    const [outputs, inputs] = [outputsOf(l), outputsOf(l - 1)];
    const ours = (x: Tensor) => tf.transpose(gathered(gathered(x, outputs, 0), inputs, 1));
    const theirs = (x: Tensor) =>
      gathered(gathered(tf.transpose(x), inverted(outputs), 0), inverted(inputs), 1);
    layer.weight.assign(ours(golden.tensor('W')));
    layer.bias!.assign(gathered(golden.tensor('b'), outputs, 0));
    expectMask(layer, golden, ours);
    return [
      { variable: layer.weight, expected: gradient.tensor('W'), toReference: theirs },
      {
        variable: layer.bias!,
        expected: gradient.tensor('b'),
        toReference: (dy) => gathered(dy, inverted(outputs), 0),
      },
    ];
  });
}

/** Our masked networks have their hidden units in the order of their degrees, which are how many units they read. */
function byDegree(golden: GoldenRecord): number[] | undefined {
  if (!golden.has('mask')) return undefined;
  const degrees = tf.sum(golden.tensor('mask'), 1).dataSync();
  return Array.from(degrees.keys()).sort((a, b) => degrees[a]! - degrees[b]!);
}

function gathered(x: Tensor, order: number[] | undefined, axis: number): Tensor {
  return order === undefined ? x : tf.gather(x, order, axis);
}

function inverted(order: number[] | undefined): number[] | undefined {
  return order?.map((_, o) => order.indexOf(o));
}

/** The mask that we derive from the order is the one that the reference derives from degrees. */
function expectMask(layer: Linear, golden: GoldenRecord, ours: (x: Tensor) => Tensor): void {
  expect(layer instanceof MaskedLinear).toBe(golden.has('mask'));
  if (layer instanceof MaskedLinear)
    expect(layer.mask).toBeAllClose(ours(golden.tensor('mask')), {});
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
    steps: double ? 1600 : 100,
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
function build(step: GoldenRecord, gradient: GoldenRecord): [Bijector, Weight[]] {
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

describeGolden('t13_flows', ({ cases, tolerance }) => {
  const flows = cases.filter(({ params }) => params.has('flow'));

  onEachEngine(() => {
    describe.each(flows)('$name', ({ name, params, input, output }) => {
      // In double precision quadrature over a jump of f'' is what differs.
      const scale = double && name.includes('umnn') ? 10 : 1;
      const close = double ? { abs: 1e-9 * scale, rel: 1e-9 * scale } : tolerance;
      const inverted = double ? { abs: 1e-8 * scale } : { abs: 1e-4 };
      const setUp = (): [Bijector[], Distribution, Weight[]] => {
        const steps = params.record('flow').records('steps');
        const gradients = output.record('grad_nll').records('steps');
        const built = steps.map((step, i) => build(step, gradients[i]!));
        const maps = built.map(([map]) => map);
        const base = standardNormal([params.record('flow').number('dim')]);
        return [maps, normalizingFlow(chain(maps), base), built.flatMap(([, weights]) => weights)];
      };

      it('goes from data to noise', () => {
        const [maps] = setUp();
        let z = input.tensor('x');
        for (const [i, after] of tf.unstack(output.tensor('z_after_step')).entries()) {
          z = maps[i]!.forward(z);
          expect(z).toBeAllClose(after, close);
        }
        const [image, logDet] = chain(maps).forwardAndLogDet(input.tensor('x'));
        expect(image).toBeAllClose(output.tensor('z'), close);
        expect(logDet).toBeAllClose(output.tensor('logdet'), close);
      });

      it('has the density and the score', () => {
        const [, flow] = setUp();
        expect(flow.logProb(input.tensor('x'))).toBeAllClose(output.tensor('log_prob'), close);
        const score = tf.grad((x) => tf.sum(flow.logProb(x)))(input.tensor('x'));
        expect(score).toBeAllClose(
          output.tensor('score'),
          ofLargest(output.tensor('score'), scale),
        );
      });

      it('comes back from noise', () => {
        const [maps, flow] = setUp();
        const x = chain(maps).inverse(input.tensor('z'));
        expect(x).toBeAllClose(output.tensor('x_inv'), inverted);
        expect(flow.logProb(x)).toBeAllClose(output.tensor('log_prob_inv'), inverted);
      });

      it('has the gradient of every weight', () => {
        const [, flow, weights] = setUp();
        expect(weights.map(({ variable }) => variable)).toEqual(
          expect.arrayContaining(flow.parameters()),
        );
        const x = input.tensor('x');
        const { grads } = tf.variableGrads(() => flow.loss({ x }, key) as tf.Scalar);
        for (const { variable, expected, toReference } of weights)
          expect(toReference(grads[variable.name]!)).toBeAllClose(
            expected,
            ofLargest(expected, scale),
          );
      });
    });
  });
});

/** Gradients are as exact as the largest of their array. */
function ofLargest(expected: Tensor, scale: number): { abs: number } {
  const largest = tf.max(tf.abs(expected)).dataSync()[0]!;
  return { abs: (double ? 1e-8 * scale : 2e-4) * largest + (double ? 1e-12 : 1e-7) };
}
