import { checkAbove, DomainError, odeSolve, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import type { Denoiser } from '../denoisers/denoiser.js';
import type { Levels, Schedule } from '../schedules/schedule.js';
import { anglesOf } from './angles.js';

/** Options of `encode`, `decode` and `interpolate`. */
export interface ProbabilityFlowOptions {
  /** The error of a step may be atol + rtol |x|; 1e-5 by default. */
  readonly rtol?: number;
  /** 1e-5 by default. */
  readonly atol?: number;
  /** The time that stands for that of data, where the score may have no bound; in (0, 1), 1e-5 by default. */
  readonly earliest?: number;
}

/** How the probability-flow equation is solved. */
export type FlowSolver = Required<ProbabilityFlowOptions>;

/** @throws DomainError for options outside their domain */
export function flowSolver(
  where: string,
  options: ProbabilityFlowOptions,
  tolerance: number,
): FlowSolver {
  const { rtol = tolerance, atol = tolerance, earliest = 1e-5 } = options;
  for (const [name, value] of Object.entries({ rtol, atol, earliest }))
    checkAbove(where, name, value, 0);
  if (earliest >= 1)
    throw new DomainError(`${where}: earliest must be in (0, 1), got ${earliest}.`);
  return { rtol, atol, earliest };
}

/** What x_t is divided by, at a time, to lie on the circle. */
export function radiusAt(schedule: Schedule, time: number): Tensor {
  return radiusOf(schedule.at(tf.scalar(time)));
}

/** sqrt(alpha^2 + sigma^2). */
function radiusOf({ alpha, sigma }: Levels): Tensor {
  return tf.sqrt(tf.add(tf.square(alpha), tf.square(sigma)));
}

/** dy / d angle of y = x_t / radius, of events: their velocity over the radius. */
export function turning(
  denoiser: Denoiser,
  y: Tensor,
  t: Tensor,
  context: Tensor | undefined,
): Tensor {
  const levels = denoiser.schedule.at(t);
  const radius = radiusOf(levels);
  return tf.div(denoiser.posterior(tf.mul(radius, y), t, context, levels).velocity, radius);
}

/** What dy / d angle = field(t, y) makes of y between two times, by steps as long as their errors allow. */
export function turned(
  schedule: Schedule,
  { rtol, atol }: FlowSolver,
  [from, to]: readonly [from: number, to: number],
  field: (t: Tensor, y: Tensor) => Tensor,
  y: Tensor,
): Tensor {
  const angles = anglesOf(schedule);
  const solution = odeSolve(
    (angle, y) => field(tf.scalar(angles.timeAt(angle.dataSync()[0]!)), y),
    y,
    [angles.at(from), angles.at(to)],
    { method: 'dopri5', rtol, atol },
  );
  return tf.squeeze(tf.slice(solution, 1, 1), [0]);
}
