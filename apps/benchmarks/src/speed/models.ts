import {
  AffineNormalizer,
  chain,
  Normalizer,
  RationalQuadraticSpline,
  UMNN,
  type UMNNOptions,
} from '@pushforward/bijectors';
import {
  Autoregressive,
  type Conditioner,
  Coupling,
  Graphical,
  Triangular,
} from '@pushforward/conditioners';
import { type Distribution, normalizingFlow, standardNormal } from '@pushforward/distributions';
import { Key, type Module, type Tensor, takeColumns, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Uniform } from './data.js';
import { BINS, type FlowWorkload } from './workloads.js';

/** Scales and slopes stay in (1/1000, 1000). */
const BOUND = 1000;

/** The flow of a workload at its canonical start. */
export function flowOf(workload: FlowWorkload, normalizer = normalizerOf(workload)): Distribution {
  const { features, layers } = workload;
  const steps = Array.from(
    { length: layers },
    (_, layer) => new Triangular(conditionerOf(workload, layer, normalizer), normalizer),
  );
  const uniform = new Uniform(1);
  for (const { conditioner } of steps) start(workload, conditioner, uniform, normalizer);
  startAll(normalizer, uniform);
  return normalizingFlow(chain(steps), standardNormal([features]));
}

function normalizerOf({ map, conditioner }: FlowWorkload): Normalizer {
  switch (map) {
    case 'affine':
      return new AffineNormalizer({ scaleBound: BOUND });
    case 'spline':
      return new RationalQuadraticSpline({ bins: BINS, slopeBound: BOUND });
    case 'umnn':
      return conditioner === 'graphical'
        ? new RaisedUMNN({ ...umnn, activation: 'relu' }, 0.05)
        : new UMNN(Key.from(0), { ...umnn, activation: 'leakyRelu', leastSlope: 0 });
  }
}

const umnn = { embedding: 30, hidden: [100, 100, 100], steps: 20 } as const satisfies UMNNOptions;

/** UMNN with the integrand ELU + 1 + a, which is (1 + a) times one that is 1 at 0 and at least a / (1 + a). */
class RaisedUMNN extends Normalizer {
  override readonly parameterCount: number;
  private readonly inner: UMNN;

  constructor(
    options: UMNNOptions,
    private readonly a: number,
  ) {
    super();
    this.inner = new UMNN(Key.from(0), { ...options, leastSlope: a / (1 + a) });
    this.parameterCount = this.inner.parameterCount;
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    const [y, logSlope] = this.inner.forwardAndLogDet(x, h);
    const raised = tf.sub(tf.mul(1 + this.a, y), this.surplus(h));
    return [raised, tf.add(logSlope, Math.log1p(this.a))];
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    const lowered = tf.div(tf.add(y, this.surplus(h)), 1 + this.a);
    const [x, logSlope] = this.inner.inverseAndLogDet(lowered, h);
    return [x, tf.sub(logSlope, Math.log1p(this.a))];
  }

  /** a beta: the shift must not grow with the integral. */
  private surplus(h: Tensor): Tensor {
    return tf.mul(this.a, tf.squeeze(takeColumns(h, [0]), [-1]));
  }
}

/**
 * Autoregressive layers take turns with the order and its reverse, couplings with even and odd features. Along a graph,
 * feature i reads those 1, 2 and 4 before it.
 */
function conditionerOf(
  { conditioner, features, hidden }: FlowWorkload,
  layer: number,
  { parameterCount: parameters }: Normalizer,
): Conditioner {
  const places = Array.from({ length: features }, (_, i) => i);
  const turn = layer % 2;
  const parts = { features, parameters, hidden };
  switch (conditioner) {
    case 'coupling':
      return new Coupling(Key.from(0), {
        mask: places.map((i) => Number(i % 2 === turn)),
        parameters,
        hidden,
      });
    case 'graphical':
      return new Graphical(Key.from(0), {
        ...parts,
        graph: places.map((i) => places.map((j) => Number([1, 2, 4].includes(i - j)))),
      });
    case 'autoregressive':
      return new Autoregressive(Key.from(0), {
        ...parts,
        order: turn === 0 ? places : places.reverse(),
      });
  }
}

/** Sets all weights of a conditioner to (2u - 1) / sqrt(inputs of the layer). */
function start(
  { map, conditioner: kind, features }: FlowWorkload,
  conditioner: Conditioner,
  uniform: Uniform,
  { parameterCount }: Normalizer,
): void {
  // The workloads lay the first numbers of all features before their second; conditioners keep those of one together.
  const isMixed = map !== 'spline' && kind !== 'graphical';
  // The workloads deal hidden units of a masked network out in turn; ours of one degree are neighbours.
  const isMasked = kind === 'autoregressive';
  const outputs = conditioner.parameters().length / 2 - 1;
  startAll(conditioner, uniform, ({ shape }, layer) => {
    const hidden = (size: number) => (isMasked ? byDegree(size, features - 1) : undefined);
    const columns = shape.at(-1)!;
    return {
      rows: layer > 0 && shape.length === 2 ? hidden(shape[0]) : undefined,
      columns:
        layer < outputs
          ? hidden(columns)
          : isMixed
            ? byFeature(columns, parameterCount)
            : undefined,
    };
  });
}

/** Where the rows and columns of a weight are found among the workload's; in its order where not said. */
interface Places {
  readonly rows?: readonly number[] | undefined;
  readonly columns?: readonly number[] | undefined;
}

/** @param placesOf of a weight or bias of the given layer */
function startAll(
  module: Module,
  uniform: Uniform,
  placesOf: (variable: Variable, layer: number) => Places = () => ({}),
): void {
  let fan = 1;
  let layer = -1;
  for (const variable of module.parameters()) {
    if (variable.rank === 2) {
      fan = variable.shape[0]!;
      layer++;
    }
    const values = Float32Array.from(
      { length: variable.size },
      () => (2 * uniform.next() - 1) / Math.sqrt(fan),
    );
    assign(variable, placed(values, variable, placesOf(variable, layer)));
  }
}

function assign(variable: Variable, values: Float32Array): void {
  tf.tidy(() => {
    variable.assign(tf.tensor(values, variable.shape));
  });
}

function placed(values: Float32Array, { shape }: Variable, { rows, columns }: Places) {
  const width = shape.at(-1)!;
  return values.map((_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return values[(rows?.[row] ?? row) * width + (columns?.[column] ?? column)]!;
  });
}

/** From [number 0 of each feature, number 1 of each, ...] to [numbers of feature 0, numbers of feature 1, ...]. */
function byFeature(columns: number, numbers: number): number[] {
  const features = columns / numbers;
  return Array.from(
    { length: columns },
    (_, column) => (column % numbers) * features + Math.floor(column / numbers),
  );
}

/** Units dealt out in turn to degrees, those of one degree together. */
function byDegree(units: number, degrees: number): number[] {
  return Array.from({ length: units }, (_, unit) => unit).sort(
    (a, b) => (a % degrees) - (b % degrees) || a - b,
  );
}
