import {
  AffineNormalizer,
  chain,
  type Normalizer,
  RationalQuadraticSpline,
  UMNN,
} from '@pushforward/bijectors';
import { Autoregressive, type Conditioner, Coupling, Triangular } from '@pushforward/conditioners';
import { type Distribution, normalizingFlow, standardNormal } from '@pushforward/distributions';
import { Key, type Module, type Variable } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { Uniform } from './data.js';
import { BINS, type Workload } from './workloads.js';

/** Scales and slopes stay in (1/1000, 1000). */
const BOUND = 1000;

/** The flow of a workload at its canonical start. */
export function flowOf(workload: Workload, normalizer = normalizerOf(workload)): Distribution {
  const { features, layers } = workload;
  const steps = Array.from(
    { length: layers },
    (_, layer) => new Triangular(conditionerOf(workload, layer, normalizer), normalizer),
  );
  const uniform = new Uniform(1);
  for (const { conditioner } of steps) start(workload, conditioner, uniform, normalizer);
  if (normalizer instanceof UMNN) startAll(normalizer, uniform);
  return normalizingFlow(chain(steps), standardNormal([features]));
}

function normalizerOf({ map }: Workload): Normalizer {
  switch (map) {
    case 'affine':
      return new AffineNormalizer({ scaleBound: BOUND });
    case 'spline':
      return new RationalQuadraticSpline({ bins: BINS, slopeBound: BOUND });
    case 'umnn':
      return new UMNN(Key.from(0), {
        embedding: 30,
        hidden: [100, 100, 100],
        activation: 'leakyRelu',
        steps: 20,
        leastSlope: 0,
      });
  }
}

/** Autoregressive layers take turns with the order and its reverse, couplings with even and odd features. */
function conditionerOf(
  { conditioner, features, hidden }: Workload,
  layer: number,
  { parameterCount: parameters }: Normalizer,
): Conditioner {
  const places = Array.from({ length: features }, (_, i) => i);
  const turn = layer % 2;
  return conditioner === 'coupling'
    ? new Coupling(Key.from(0), {
        mask: places.map((i) => Number(i % 2 === turn)),
        parameters,
        hidden,
      })
    : new Autoregressive(Key.from(0), {
        features,
        order: turn === 0 ? places : places.reverse(),
        parameters,
        hidden,
      });
}

/** Sets all weights of a conditioner to (2u - 1) / sqrt(inputs of the layer). */
function start(
  { map }: Workload,
  conditioner: Conditioner,
  uniform: Uniform,
  { parameterCount }: Normalizer,
): void {
  startAll(conditioner, uniform, (values, variable, isLast) =>
    // The workloads lay the first numbers of all features before their second; conditioners keep those of one together.
    isLast && map !== 'spline' ? byFeature(values, variable, parameterCount) : values,
  );
}

function startAll(
  module: Module,
  uniform: Uniform,
  arranged: (values: Float32Array, variable: Variable, isLast: boolean) => Float32Array = (
    values,
  ) => values,
): void {
  const parameters = module.parameters();
  let fan = 1;
  for (const [i, variable] of parameters.entries()) {
    if (variable.rank === 2) fan = variable.shape[0]!;
    const values = Float32Array.from(
      { length: variable.size },
      () => (2 * uniform.next() - 1) / Math.sqrt(fan),
    );
    assign(variable, arranged(values, variable, i >= parameters.length - 2));
  }
}

function assign(variable: Variable, values: Float32Array): void {
  tf.tidy(() => {
    variable.assign(tf.tensor(values, variable.shape));
  });
}

/** Columns [number 0 of each feature, number 1 of each, ...] as [numbers of feature 0, numbers of feature 1, ...]. */
function byFeature(values: Float32Array, { shape }: Variable, numbers: number): Float32Array {
  const columns = shape.at(-1)!;
  const features = columns / numbers;
  return values.map((_, i) => {
    const column = i % columns;
    const [feature, number] = [Math.floor(column / numbers), column % numbers];
    return values[i - column + number * features + feature]!;
  });
}
