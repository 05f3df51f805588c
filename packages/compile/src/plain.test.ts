/** Code of users who know TensorFlow.js alone: its optimisers, layers and losses, compiled as they stand. */
import { Key } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { compile } from './compile.js';

const STEPS = 12;
const onnx = { target: 'onnx' } as const;

interface Learning {
  readonly weights: readonly tf.Variable[];
  readonly step: (x: tf.Tensor, y: tf.Tensor) => tf.Scalar;
}

/** Expects that compiled steps come to the weights of eager ones, which the engine in plain JavaScript takes. */
async function expectSameTraining(
  engine: string,
  make: () => Learning,
  batch: (i: number) => [tf.Tensor, tf.Tensor],
): Promise<void> {
  const [eager, compiled] = [make(), make()];
  for (const [i, weight] of compiled.weights.entries()) weight.assign(eager.weights[i]!);
  await tf.setBackend('cpu');
  const losses = Array.from({ length: STEPS }, (_, i) => tf.tidy(() => eager.step(...batch(i))));
  await tf.setBackend(engine);
  const step = compile(compiled.step, onnx);
  for (const [i, loss] of losses.entries())
    expect(await step(...batch(i))).toBeAllClose(loss, { abs: 1e-5, rel: 1e-3 });
  for (const [i, weight] of compiled.weights.entries())
    expect(weight).toBeAllClose(eager.weights[i]!, { abs: 2e-4, rel: 1e-3 });
  step.dispose();
}

const optimizers: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(0.5),
  rmsprop: () => tf.train.rmsprop(0.01),
  'centred rmsprop': () => tf.train.rmsprop(0.01, 0.9, 0.1, 1e-7, true),
  adam: () => tf.train.adam(0.02),
  adamax: () => tf.train.adamax(0.02),
};

/** Steps that lower a loss of a model of `tf.layers`. */
function learning(
  model: tf.Sequential,
  optimizer: tf.Optimizer,
  loss: (labels: tf.Tensor, outputs: tf.Tensor) => tf.Tensor,
): Learning {
  const variables = tf.engine().state.registeredVariables;
  const weights = model.weights.map(({ originalName }) => variables[originalName]!);
  return {
    weights,
    step: (x, y) =>
      optimizer.minimize(
        () => loss(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
        true,
        weights.filter(({ trainable }) => trainable),
      )!,
  };
}

const classes = (i: number, count: number, of: number) =>
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: count }, (_, j) => (i + 3 * j) % of),
      'int32',
    ),
    of,
  );

onEachEngine((engine) => {
  test.each(Object.entries(optimizers))('the optimiser %s', async (_, make) => {
    await expectSameTraining(
      engine,
      () => {
        const w = tf.variable(tf.mul(Key.from(1).normal([4, 2]), 0.5));
        const b = tf.variable(tf.zeros([2]));
        const optimizer = make();
        return {
          weights: [w, b],
          step: (x, y) =>
            optimizer.minimize(
              () => tf.losses.meanSquaredError(y, tf.tanh(tf.add(tf.matMul(x, w), b))),
              true,
            )!,
        };
      },
      (i) => [Key.from(i).normal([16, 4]), tf.tanh(Key.from(50 + i).normal([16, 2]))],
    );
  });

  test('a convolutional network with all that goes with it', async () => {
    await expectSameTraining(
      engine,
      () => {
        const model = tf.sequential();
        model.add(
          tf.layers.conv2d({
            inputShape: [10, 10, 2],
            filters: 4,
            kernelSize: 3,
            activation: 'relu',
            padding: 'same',
          }),
        );
        model.add(tf.layers.batchNormalization());
        model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
        model.add(tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2 }));
        model.add(tf.layers.reLU());
        model.add(tf.layers.averagePooling2d({ poolSize: 2, strides: 1 }));
        model.add(tf.layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }));
        model.add(tf.layers.separableConv2d({ filters: 2, kernelSize: 3, strides: 2 }));
        model.add(tf.layers.flatten());
        model.add(tf.layers.dropout({ rate: 0.25, seed: 3 }));
        model.add(tf.layers.dense({ units: 3 }));
        // Without variables of its own: no step is wasm's, whose gradient of maxPool mixes up channels.
        return learning(model, tf.train.sgd(0.05), (labels, logits) =>
          tf.losses.softmaxCrossEntropy(labels, logits),
        );
      },
      (i) => [Key.from(i).normal([6, 10, 10, 2]), classes(i, 6, 3)],
    );
  });

  test('upsampling, whose gradient the cpu engine takes wrong for all images but the first', async () => {
    const [x, slopes] = [Key.from(1).normal([3, 4, 4, 2]), Key.from(2).normal([3, 8, 8, 2])];
    const gradient = (x: tf.Tensor, slopes: tf.Tensor) =>
      tf.grad((x: tf.Tensor) =>
        tf.sum(tf.mul(slopes, tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [8, 8]))),
      )(x);
    const one = (t: tf.Tensor, i: number) => tf.slice(t, [i], [1]);
    const oneByOne = [0, 1, 2].map((i) => gradient(one(x, i), one(slopes, i)));
    expect(await compile(gradient, onnx)(x, slopes)).toBeAllClose(tf.concat(oneByOne), {
      abs: 1e-5,
    });
  });

  describe('a network over embedded words', () => {
    const inner = {
      lstm: () => [tf.layers.lstm({ units: 5 })],
      gru: () => [tf.layers.gru({ units: 5 })],
      simpleRNN: () => [tf.layers.simpleRNN({ units: 5 })],
      conv1d: () => [
        tf.layers.conv1d({ filters: 5, kernelSize: 2, activation: 'relu' }),
        tf.layers.globalAveragePooling1d(),
      ],
    };
    test.each(Object.entries(inner))('%s', async (_, layers) => {
      await expectSameTraining(
        engine,
        () => {
          const model = tf.sequential();
          model.add(tf.layers.embedding({ inputDim: 7, outputDim: 4, inputLength: 5 }));
          for (const layer of layers()) model.add(layer);
          model.add(tf.layers.dense({ units: 1, activation: 'sigmoid' }));
          return learning(model, tf.train.adam(0.01), (labels, outputs) =>
            tf.losses.logLoss(labels, outputs),
          );
        },
        (i) => [
          tf.cast(Key.from(i).uniform([6, 5], 0, 7), 'int32'),
          tf.cast(tf.greater(Key.from(90 + i).normal([6, 1]), 0), 'float32'),
        ],
      );
    });
  });

  test('a model that predicts', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ inputShape: [3], units: 8, activation: 'selu' }));
    model.add(tf.layers.layerNormalization());
    model.add(tf.layers.dense({ units: 2, activation: 'softmax' }));
    const x = Key.from(1).normal([40, 3]);
    const predict = compile((x: tf.Tensor) => model.predict(x) as tf.Tensor, onnx);
    expect(await predict(x)).toBeAllClose(model.predict(x), { abs: 1e-6 });
  });

  test('noise that is drawn with the key of each call drops out anew', async () => {
    const thin = compile((x: tf.Tensor, key: Key) => {
      const kept = tf.cast(tf.greaterEqual(key.uniform(x.shape), 0.5), 'float32');
      return tf.mul(tf.mul(x, kept), 2);
    }, onnx);
    const x = tf.ones([200]);
    const [first, second] = [await thin(x, Key.from(1)), await thin(x, Key.from(2))];
    expect(tf.sum(tf.abs(tf.sub(first, second))).dataSync()[0]).toBeGreaterThan(100);
  });
});
