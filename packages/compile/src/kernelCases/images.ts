/** Kernels of images: convolutions, pools, resizing, normalisation, with their gradients. */
import * as tf from '@tensorflow/tfjs';
import { type Case, normal } from './case.js';

type Conv = (x: tf.Tensor4D, w: tf.Tensor4D, ...options: ConvOptions) => tf.Tensor4D;
type ConvOptions = [stride: number, pad: 'same' | 'valid' | number];

/** Sizes and strides that leave rows over, that need rows beyond the image, and that do neither. */
const settings: ConvOptions[] = [
  [1, 'same'],
  [2, 'same'],
  [1, 'valid'],
  [2, 'valid'],
  [3, 1],
];
/** Pools, and convolutions of the native engine, pad by rule alone. */
const windows: ConvOptions[] = settings.filter(([, pad]) => typeof pad === 'string');

/** A convolution and its two gradients, of so many channels, for all settings. */
const convolution =
  (conv: Conv, channels: number, outputs: number): Case =>
  (engine) => ({
    fn: (x, w) =>
      (engine === 'tensorflow' ? windows : settings).flatMap((options) => {
        const y = (x: tf.Tensor, w: tf.Tensor) =>
          conv(x as tf.Tensor4D, w as tf.Tensor4D, ...options);
        const total = (x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.sin(y(x, w)));
        return [y(x, w), ...tf.grads(total)([x, w])];
      }),
    args: [normal(2, 6, 7, channels), normal(3, 2, channels, outputs)],
  });

const dense = convolution(tf.conv2d, 3, 4);
const depthwise = convolution(tf.depthwiseConv2d, 3, 2);

/** A pool and its gradient, for all settings. */
const pool =
  (pooled: typeof tf.maxPool): Case =>
  () => ({
    fn: (x) =>
      windows.flatMap((options) => {
        const y = (x: tf.Tensor) => pooled(x as tf.Tensor4D, [3, 2], ...options);
        return [y(x), tf.grad((x: tf.Tensor) => tf.sum(tf.sin(y(x))))(x)];
      }),
    args: [normal(2, 5, 6, 3)],
  });

type Resize = typeof tf.image.resizeBilinear;

/** Larger and smaller, with corners on corners and not, by centres, with gradients. */
const resize =
  (resized: Resize, batch: number): Case =>
  () => ({
    fn: (x) => {
      const images = x as tf.Tensor4D;
      const gradients = [true, false].map((corners) =>
        tf.grad((x: tf.Tensor) => tf.sum(tf.sin(resized(x as tf.Tensor4D, [7, 9], corners))))(x),
      );
      return [
        resized(images, [7, 9]),
        resized(images, [3, 2], true),
        resized(images, [1, 4], true),
        resized(images, [7, 2], false, true),
        ...gradients,
      ];
    },
    // Square, for the engines mix up the sides in the shapes of gradients.
    args: [normal(batch, 5, 5, 3)],
  });

const fused = {
  relu: {},
  elu: {},
  sigmoid: {},
  relu6: {},
  leakyrelu: { leakyreluAlpha: 0.3 },
} as const;

export const images: Readonly<Record<string, Case>> = {
  Conv2D: dense,
  Conv2DBackpropInput: dense,
  Conv2DBackpropFilter: dense,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: depthwise,
  DepthwiseConv2dNativeBackpropFilter: depthwise,
  FusedConv2D: () => ({
    fn: (x, filter, bias) =>
      Object.entries(fused).map(([activation, options]) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias: bias,
          strides: 1,
          pad: 'same',
          activation: activation as keyof typeof fused,
          ...options,
        }),
      ),
    args: [normal(2, 4, 5, 3), normal(2, 2, 3, 4), normal(4)],
  }),
  FusedDepthwiseConv2D: () => ({
    fn: (x, filter, bias, preluActivationWeights) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        bias: bias,
        strides: 1,
        pad: 'same',
        activation: 'prelu',
        preluActivationWeights: preluActivationWeights,
      }),
    args: [normal(2, 4, 5, 3), normal(2, 2, 3, 2), normal(6), normal(6)],
  }),
  MaxPool: pool(tf.maxPool),
  MaxPoolGrad: pool(tf.maxPool),
  AvgPool: pool(tf.avgPool),
  AvgPoolGrad: pool(tf.avgPool),
  ResizeBilinear: resize(tf.image.resizeBilinear, 2),
  ResizeBilinearGrad: resize(tf.image.resizeBilinear, 2),
  // One image: in the gradients of later ones, the cpu engine takes the rows of others.
  ResizeNearestNeighbor: resize(tf.image.resizeNearestNeighbor, 1),
  ResizeNearestNeighborGrad: resize(tf.image.resizeNearestNeighbor, 1),
  FusedBatchNorm: () => ({
    fn: (x, mean, variance, offset, scale) => [
      tf.batchNorm(x, mean, variance),
      tf.batchNorm(x, mean, variance, offset, scale, 0.01),
    ],
    args: [normal(2, 3, 3, 4), normal(4), tf.tensor1d([1, 2, 0.5, 3]), normal(4), normal(4)],
  }),
  DepthToSpace: () => ({
    fn: (x) => tf.depthToSpace(x as tf.Tensor4D, 2),
    args: [normal(2, 3, 2, 8)],
  }),
};
