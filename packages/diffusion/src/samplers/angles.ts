import * as tf from '@tensorflow/tfjs';
import type { Schedule } from '../schedules/schedule.js';

/** Time as the angle whose tangent is sigma / alpha, from 0 for data to pi / 2 for noise. */
export interface Angles {
  at(time: number): number;
  timeAt(angle: number): number;
}

/** Times of the table; what lies between two of them is a line to 1e-7. */
const COUNT = 4096;

/**
 * The angles of a schedule.
 *
 * On the circle all schedules are one: y = x_t / sqrt(alpha^2 + sigma^2) follows dy / d angle = velocity / sqrt(alpha^2 + sigma^2), with
 * no derivative of the schedule and no bound that it could lose. A schedule of steps, whose rate jumps from each to the next, is as
 * smooth as any other there.
 */
export function anglesOf(schedule: Schedule): Angles {
  // Dense at both ends, where angles may grow as the root of what is left of time.
  const times = Array.from(
    { length: COUNT + 1 },
    (_, k) => Math.sin((Math.PI * k) / (2 * COUNT)) ** 2,
  );
  const angles = tf.tidy(() => {
    const { alpha, sigma } = schedule.at(tf.tensor1d(times));
    const signal = alpha.dataSync();
    return Array.from(sigma.dataSync(), (noise, k) => Math.atan2(noise, signal[k]!));
  });
  return {
    at: (time) => between(times, angles, time),
    timeAt: (angle) => between(angles, times, angle),
  };
}

/** y at x of the line through the points (x_k, y_k), with x_k that do not decrease. */
function between(xs: readonly number[], ys: readonly number[], x: number): number {
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= x) low = middle;
    else high = middle;
  }
  const width = xs[high]! - xs[low]!;
  const share = width > 0 ? Math.min(Math.max((x - xs[low]!) / width, 0), 1) : 0;
  return ys[low]! + share * (ys[high]! - ys[low]!);
}
