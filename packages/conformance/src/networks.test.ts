/** Networks and their layers: compiled for ONNX Runtime from records of `wasm`, against the engine `cpu`, eager. */
import { compile } from '@pushforward/compile';
import {
  Conv2d,
  ConvTranspose2d,
  GRU,
  GroupNorm,
  LayerNorm,
  MultiHeadAttention,
  TimedMLP,
  type TimedNetwork,
  Transformer,
  UNet,
} from '@pushforward/nn';
import { Key, type Module, type Tensor, useEngine } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { difference } from './training.js';

const STEPS = 5;
const LEARNING_RATE = 0.05;

interface Row {
  readonly module: Module;
  readonly event: readonly number[];
  readonly apply: (x: Tensor) => Tensor;
}

const [forModule, forWeights, forX] = Key.from(1).split(3);

function layer(module: Module & { apply(x: Tensor): Tensor }, ...event: number[]): Row {
  return { module, event, apply: (x) => module.apply(x) };
}

function network(module: TimedNetwork): Row {
  const context = module.contextSize === 0 ? undefined : tf.ones([3, module.contextSize]);
  const t = tf.tensor1d([0.2, 0.5, 0.9]);
  return { module, event: module.eventShape, apply: (x) => module.apply(x, t, context) };
}

const image = { image: [7, 6, 2], channels: [8, 16], blocks: 1, context: 2 } as const;

/** Built on the engine that is to run them. */
const rows: Readonly<Record<string, () => Row>> = {
  Conv2d: () => layer(new Conv2d(forModule, 3, 4, { window: 5, stride: 2 }), 7, 6, 3),
  ConvTranspose2d: () =>
    layer(new ConvTranspose2d(forModule, 3, 4, [7, 6], { window: 4, stride: 2 }), 4, 3, 3),
  GroupNorm: () => layer(new GroupNorm(8, 4), 5, 6, 8),
  LayerNorm: () => layer(new LayerNorm(8), 5, 8),
  GRU: () => layer(new GRU(forModule, 2, 16), 6, 2),
  MultiHeadAttention: () => layer(new MultiHeadAttention(forModule, 8, { heads: 2 }), 5, 8),
  TimedMLP: () => network(new TimedMLP(forModule, { features: 4, hidden: [16, 16], context: 2 })),
  UNet: () => network(new UNet(forModule, image)),
  'Transformer of images': () =>
    network(new Transformer(forModule, { event: [8, 6, 2], patch: 2, width: 16, context: 2 })),
  'Transformer of vectors': () =>
    network(
      new Transformer(forModule, { event: [6], patch: 1, outputs: 12, width: 16, blocks: 2 }),
    ),
};

/** Values, and gradients by x, then losses and weights of steps of gradient descent, from weights that are all random. */
async function numbersOf(build: () => Row, isCompiled: boolean): Promise<Tensor[]> {
  const { module, event, apply } = build();
  const weights = module.parameters();
  for (const [i, variable] of weights.entries())
    variable.assign(tf.mul(0.2, forWeights.foldIn(i).normal(variable.shape)));
  const loss = (x: Tensor) => tf.mean<tf.Scalar>(tf.square(tf.sub(1, apply(x))));
  const value = (x: Tensor) => [apply(x), tf.grad(loss)(x)];
  const optimizer = tf.train.sgd(LEARNING_RATE);
  const step = (x: Tensor) => optimizer.minimize(() => loss(x), true, weights)!;
  const x = (i: number) => forX.foldIn(i).normal([3, ...event]);
  if (!isCompiled) {
    const losses = Array.from({ length: STEPS }, (_, i) => step(x(i)));
    return [...losses, ...weights, ...value(x(STEPS))];
  }
  const [compiledStep, compiledValue] = [
    compile(step, { target: 'onnx' }),
    compile(value, { target: 'onnx' }),
  ];
  const losses: Tensor[] = [];
  for (let i = 0; i < STEPS; i++) losses.push(await compiledStep(x(i)));
  return [...losses, ...weights, ...(await compiledValue(x(STEPS)))];
}

afterAll(() => useEngine('cpu'));

describe.each(Object.entries(rows))('%s', (_, build) => {
  it('learns compiled as it does eagerly', async () => {
    await useEngine('cpu');
    const eager = await numbersOf(build, false);
    await useEngine('wasm');
    const compiled = await numbersOf(build, true);
    expect(compiled.map(({ shape }) => shape)).toEqual(eager.map(({ shape }) => shape));
    for (const [i, tensor] of compiled.entries())
      expect(difference(tensor, eager[i]!), `numbers ${i}`).toBeLessThan(1e-4);
    expect(difference(eager[STEPS - 1]!, eager[0]!)).toBeGreaterThan(1e-3);
  });
});
