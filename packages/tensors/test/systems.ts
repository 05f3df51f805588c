/** Right-hand sides whose trajectories are known to twelve digits. */
import * as tf from '@tensorflow/tfjs';
import type { Field } from '../src/index.js';

type Tensor = tf.Tensor;

/** The parts of a state along its last axis. */
const parts = (y: Tensor) => tf.unstack(y, -1);
const state = (...slopes: Tensor[]) => tf.stack(slopes, -1);

/** sum of products */
const sum = (...terms: Tensor[]) => terms.reduce((a, b) => tf.add(a, b));
const product = (...factors: (Tensor | number)[]) =>
  factors.reduce<Tensor>((a, b) => tf.mul(a, b), tf.scalar(1));

/** What the field of each system is handed, in this order. */
export const systems: Readonly<Record<string, { names: readonly string[]; field: Field }>> = {
  pendulum: {
    names: ['omega0_sq', 'alpha'],
    field: (_, y, square, friction) => {
      const [angle, speed] = parts(y) as [Tensor, Tensor];
      return state(speed, tf.neg(tf.add(tf.mul(square, tf.sin(angle)), tf.mul(friction, speed))));
    },
  },
  rlc: {
    names: ['R', 'L', 'C', 'V0', 'w'],
    field: (t, y, R, L, C, V0, w) => {
      const [voltage, current] = parts(y) as [Tensor, Tensor];
      const source = tf.mul(V0, tf.sin(tf.mul(w, t)));
      return state(
        tf.div(current, C),
        tf.div(tf.sub(tf.sub(source, voltage), tf.mul(R, current)), L),
      );
    },
  },
  'lotka-volterra': {
    names: ['alpha', 'beta', 'delta', 'gamma'],
    field: (_, y, alpha, beta, delta, gamma) => {
      const [prey, predator] = parts(y) as [Tensor, Tensor];
      const met = tf.mul(prey, predator);
      return state(
        tf.sub(tf.mul(alpha, prey), tf.mul(beta, met)),
        tf.sub(tf.mul(delta, met), tf.mul(gamma, predator)),
      );
    },
  },
  'double-pendulum': {
    names: ['g', 'l1', 'l2', 'm1', 'm2'],
    field: (_, y, ...theta) => {
      const [angle1, angle2, speed1, speed2] = parts(y) as [Tensor, Tensor, Tensor, Tensor];
      const [g, l1, l2, m1, m2] = theta as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const between = tf.sub(angle1, angle2);
      const [sine, cosine] = [tf.sin(between), tf.cos(between)];
      const pull1 = product(l1, speed1, speed1);
      const pull2 = product(l2, speed2, speed2);
      const both = tf.add(m1, m2);
      const inertia = tf.sub(tf.add(both, m1), tf.mul(m2, tf.cos(tf.mul(2, between))));
      return state(
        speed1,
        speed2,
        tf.div(
          tf.neg(
            sum(
              product(g, tf.add(both, m1), tf.sin(angle1)),
              product(m2, g, tf.sin(tf.sub(angle1, tf.mul(2, angle2)))),
              product(2, sine, m2, tf.add(pull2, tf.mul(pull1, cosine))),
            ),
          ),
          tf.mul(l1, inertia),
        ),
        tf.div(
          product(
            2,
            sine,
            sum(product(pull1, both), product(g, both, tf.cos(angle1)), product(pull2, m2, cosine)),
          ),
          tf.mul(l2, inertia),
        ),
      );
    },
  },
  hybrid: {
    names: ['omega0_sq', 'W1', 'b1', 'W2', 'b2'],
    field: (_, y, square, W1, b1, W2, b2) => {
      const [angle, speed] = parts(y) as [Tensor, Tensor];
      const column = tf.reshape(y, [-1, 1]);
      const hidden = tf.tanh(tf.add(tf.matMul(W1, column), tf.expandDims(b1, 1)));
      const learned = tf.add(tf.squeeze(tf.matMul(W2, hidden), [1]), b2);
      return tf.add(state(speed, tf.neg(tf.mul(square, tf.sin(angle)))), learned);
    },
  },
};
