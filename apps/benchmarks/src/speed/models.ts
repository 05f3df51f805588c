import {
  AffineNormalizer,
  chain,
  type Normalizer,
  RationalQuadraticSpline,
} from '@pushforward/bijectors';
import { Autoregressive, type Conditioner, Coupling, Triangular } from '@pushforward/conditioners';
import { type Distribution, normalizingFlow, standardNormal } from '@pushforward/distributions';
import { Key, type Variable } from '@pushforward/tensors';
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
  for (const { conditioner } of steps) start(workload, conditioner, uniform);
  return normalizingFlow(chain(steps), standardNormal([features]));
}

function normalizerOf({ map }: Workload): Normalizer {
  return map === 'affine'
    ? new AffineNormalizer({ scaleBound: BOUND })
    : new RationalQuadraticSpline({ bins: BINS, slopeBound: BOUND });
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
function start({ map }: Workload, conditioner: Conditioner, uniform: Uniform): void {
  const parameters = conditioner.parameters();
  let fan = 1;
  for (const [i, variable] of parameters.entries()) {
    if (variable.rank === 2) fan = variable.shape[0]!;
    const values = Float32Array.from(
      { length: variable.size },
      () => (2 * uniform.next() - 1) / Math.sqrt(fan),
    );
    // The workloads lay the shifts of all features before their scales; conditioners keep those of a feature together.
    const isLast = i >= parameters.length - 2;
    assign(variable, isLast && map === 'affine' ? interleaved(values, variable) : values);
  }
}

function assign(variable: Variable, values: Float32Array): void {
  tf.tidy(() => {
    variable.assign(tf.tensor(values, variable.shape));
  });
}

/** Columns [all shifts, all scales] as [shift 0, scale 0, shift 1, ...]. */
function interleaved(values: Float32Array, { shape }: Variable): Float32Array {
  const columns = shape.at(-1)!;
  return values.map((_, i) => {
    const column = i % columns;
    return values[i - column + (column % 2) * (columns / 2) + (column >> 1)]!;
  });
}
