/** Simulation of many pendulums at once: how long it takes, and how long the program of it takes to make. */
import { compile, useRuntime } from '@pushforward/compile';
import { Key, odeSolve, type Tensor, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { rounded } from './timings.js';

const PENDULUMS = 10_000;
const STEPS = 200;
const STEP = 0.1;

/** What was found on ONNX Runtime. */
export interface Simulation {
  readonly pendulums: number;
  /** Of RK4. */
  readonly steps: number;
  /** The first call: recording, preparation and the trajectories. */
  readonly firstSeconds: number;
  /** The least of later calls. */
  readonly seconds: number;
}

export async function simulation(): Promise<Simulation> {
  await useEngine('wasm');
  useRuntime(await import('onnxruntime-node'));
  const start = Key.from(1).normal([PENDULUMS, 2]);
  const square = tf.tidy(() => tf.add(1, Key.from(2).uniform([PENDULUMS, 1])));
  const times = Array.from({ length: STEPS + 1 }, (_, i) => STEP * i);
  const trajectories = compile((start: Tensor, square: Tensor) => {
    const field = (_: Tensor, state: Tensor) => {
      const [angle, speed] = tf.split(state, 2, 1) as [Tensor, Tensor];
      return tf.concat([speed, tf.neg(tf.mul(square, tf.sin(angle)))], 1);
    };
    return odeSolve(field, start, times, { method: 'rk4' });
  });
  const seconds: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    const from = performance.now();
    const states = await trajectories(start, square);
    seconds.push((performance.now() - from) / 1000);
    if (!(await states.data()).every(Number.isFinite)) throw new Error('a result is not finite');
    states.dispose();
  }
  const [first, ...later] = seconds as [number, ...number[]];
  return {
    pendulums: PENDULUMS,
    steps: STEPS,
    firstSeconds: rounded(first),
    seconds: rounded(Math.min(...later)),
  };
}
