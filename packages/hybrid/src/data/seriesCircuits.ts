import * as tf from '@tensorflow/tfjs';
import { expert } from '../expert.js';
import { rlcCircuit } from '../systems/rlcCircuit.js';
import { type ParameterLaw, SimulatedSystem } from './simulatedSystem.js';

/**
 * Series circuits driven by 1 + 2.5 sin(2 t) V, of which the expert knows no resistance: 201 states on [0, 20] s from U ~ N(0, 1)
 * and I = 0, without noise.
 *
 * As in the code of the source, whose numbers are of it, the resistance acts by (V - U - R I / C) / L. Kirchhoff's law has no C
 * there, and eq. 7.7 no L.
 *
 * Laws: `training` L ~ U(1, 3), C ~ U(0.5, 1.5) and R ~ U(1, 3); `shifted` L ~ U(3, 5) and C ~ U(1, 2.5); `smallR`, `mediumR`,
 * `largeR` R ~ U(3, 4), U(4, 8), U(10, 20) with L and C as in training, and `smallAll`, `mediumAll`, `largeAll` with them shifted.
 * The source trains on 3000, and judges by 1000.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.4, eq. 7.7, and its code.
 */
export function seriesCircuits(): SimulatedSystem {
  const usual = { L: [1, 3], C: [0.5, 1.5] } as const;
  const moved = { L: [3, 5], C: [1, 2.5] } as const;
  const graded = { small: [3, 4], medium: [4, 8], large: [10, 20] } as const;
  const shifts = Object.entries(graded).flatMap(([name, R]) => [
    [`${name}R`, { ...usual, R }] as const,
    [`${name}All`, { ...moved, R }] as const,
  ]);
  const known = rlcCircuit();
  const truth = expert({
    parameters: { L: known.parameters.L!, C: known.parameters.C!, R: { min: 0, max: 20 } },
    state: ['U', 'I'],
    field: (t, { U, I }, { L, C, R }) => {
      const voltage = tf.add(1, tf.mul(2.5, tf.sin(tf.mul(2, t))));
      const lost = tf.div(tf.mul(R, I), C);
      return { U: tf.div(I, C), I: tf.div(tf.sub(tf.sub(voltage, U), lost), L) };
    },
  });
  return new SimulatedSystem({
    expert: known,
    truth,
    times: Array.from({ length: 201 }, (_, i) => i / 10),
    laws: {
      training: { ...usual, R: [1, 3] },
      shifted: { ...moved, R: [1, 3] },
      ...Object.fromEntries<ParameterLaw>(shifts),
    },
    start: (key, n) => tf.tidy(() => tf.concat([key.normal([n, 1]), tf.zeros([n, 1])], 1)),
    noise: 0,
    solver: { method: 'rk4', substeps: 8 },
  });
}
