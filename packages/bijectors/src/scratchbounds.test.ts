import * as tf from '@tensorflow/tfjs';
import { test } from 'vitest';
import '@tensorflow/tfjs-backend-wasm';
import { Key, useEngine } from '@pushforward/tensors';
import { maf, nsfAutoregressive, nsfCoupling, realNVP } from '../../flows/src/index.js';

// x0 ~ N(0,1); x_i = sin(1.5 x_{i-1}) + s e_i, standardised-ish; conditional sd s
const D = 4,
  S = Number(process.env.S ?? 0.03);
function draw(key: Key, n: number) {
  return tf.tidy(() => {
    const e = key.normal([D, n]);
    const cols: tf.Tensor[] = [e.slice([0, 0], [1, n])];
    for (let i = 1; i < D; i++)
      cols.push(
        tf.add(tf.mul(1.4, tf.sin(tf.mul(1.5, cols[i - 1]!))), tf.mul(S, e.slice([i, 0], [1, n]))),
      );
    return tf.transpose(tf.concat(cols, 0));
  });
}
const H = D * 0.5 * Math.log(2 * Math.PI * Math.E) + (D - 1) * Math.log(S);
test('bounds', async () => {
  await useEngine('wasm');
  const flows: [string, () => any][] = [];
  for (const b of [10, 30, 100, 1000])
    flows.push(
      [`maf ${b}`, () => maf(Key.from(1), { features: D, scaleBound: b, transforms: 4 })],
      [`realNVP ${b}`, () => realNVP(Key.from(1), { features: D, scaleBound: b, transforms: 6 })],
    );
  for (const b of [5, 10, 100, 1000])
    flows.push(
      [
        `nsfAR ${b}`,
        () => nsfAutoregressive(Key.from(1), { features: D, slopeBound: b, transforms: 2 }),
      ],
      [`nsfC ${b}`, () => nsfCoupling(Key.from(1), { features: D, slopeBound: b, transforms: 4 })],
    );
  for (const [name, make] of flows.filter(([n]) => n.startsWith(process.env.F ?? ''))) {
    const flow = make();
    const steps = Number(process.env.STEPS ?? 400);
    const out: string[] = [];
    const t0 = performance.now();
    const opt = tf.train.adam(2e-3);
    for (let step = 0; step <= steps; step++) {
      if (step === (steps * 3) / 4) (opt as any).learningRate = 4e-4;
      const x = draw(Key.from(100).foldIn(step), 256);
      opt.minimize(() => flow.loss({ x }, Key.from(1)), false, flow.parameters());
      x.dispose();
      if (step % (steps / 4) === 0 && step) {
        const v = draw(Key.from(7), 4000);
        out.push(
          (
            tf.tidy(() => (flow.loss({ x: v }, Key.from(1)) as tf.Tensor).dataSync()[0]!) - H
          ).toFixed(3),
        );
        v.dispose();
      }
    }
    console.log(
      'RES',
      name.padEnd(16),
      'excess nats',
      out.join(' '),
      `${((performance.now() - t0) / 1000).toFixed(0)}s`,
    );
    flow.dispose();
  }
}, 3600000);
