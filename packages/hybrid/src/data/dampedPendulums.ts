import * as tf from '@tensorflow/tfjs';
import { pendulum } from '../systems/pendulum.js';
import { type ParameterLaw, SimulatedSystem } from './simulatedSystem.js';

/**
 * Damped pendulums, of which the expert knows no friction: 201 states on [0, 20] s, released at angles from U(-pi/2, pi/2) without a
 * velocity, with noise of 0.01.
 *
 * Laws: `training` omega0 ~ U(1.5, 3.1) and alpha ~ U(0, 0.6); `shifted` omega0 ~ U(0.5, 1.5); `smallAlpha`, `mediumAlpha`,
 * `largeAlpha` alpha ~ U(0.3, 0.6), U(0.6, 1), U(1, 3) with omega0 as in training, and `smallAll`, `mediumAll`, `largeAll` with it
 * shifted. The source trains on 1000, and judges by 100.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.4, and its code.
 *
 * @example
 * ```ts
 * import { dampedPendulums } from '@pushforward/hybrid';
 * import { Key } from '@pushforward/tensors';
 * const train = dampedPendulums().draw(Key.from(1), 5); // 5 trajectories
 * const shifted = dampedPendulums().draw(Key.from(2), 5, 'shifted');
 * ```
 */
export function dampedPendulums(): SimulatedSystem {
  const [usual, slow] = [
    [1.5, 3.1],
    [0.5, 1.5],
  ] as const;
  const graded = { small: [0.3, 0.6], medium: [0.6, 1], large: [1, 3] } as const;
  const shifts = Object.entries(graded).flatMap(([name, alpha]) => [
    [`${name}Alpha`, { omega0: usual, alpha }] as const,
    [`${name}All`, { omega0: slow, alpha }] as const,
  ]);
  return new SimulatedSystem({
    expert: pendulum(),
    truth: pendulum({ complete: true, ranges: { alpha: { min: 0, max: 3 } } }),
    times: Array.from({ length: 201 }, (_, i) => i / 10),
    laws: {
      training: { omega0: usual, alpha: [0, 0.6] },
      shifted: { omega0: slow, alpha: [0, 0.6] },
      ...Object.fromEntries<ParameterLaw>(shifts),
    },
    start: (key, n) =>
      tf.tidy(() =>
        tf.concat([key.uniform([n, 1], -Math.PI / 2, Math.PI / 2), tf.zeros([n, 1])], 1),
      ),
    noise: 0.01,
    solver: { method: 'rk4', substeps: 4 },
  });
}
