/** The forms of what convolutions give: where nobody reads the numbers they need not be computed, which may take seconds. */
import * as tf from '@tensorflow/tfjs';
import type { KernelCall, TensorInfo } from './inputs.js';

type Shape4D = [number, number, number, number];
type ConvInfo = Parameters<typeof tf.backend_util.computeConv2DInfo>;

/** The shape of what a convolution gives, or one of its gradients; undefined for other kernels. */
export function formOf(kernel: string, call: KernelCall): number[] | undefined {
  const attributes = call.attrs as unknown as Record<string, unknown> | undefined;
  switch (kernel) {
    case 'Conv2D':
    case 'DepthwiseConv2dNative':
      return outputOf(call, kernel !== 'Conv2D');
    case 'Conv2DBackpropInput':
    case 'DepthwiseConv2dNativeBackpropInput':
      return attributes!.inputShape as number[];
    case 'Conv2DBackpropFilter':
    case 'DepthwiseConv2dNativeBackpropFilter':
      return attributes!.filterShape as number[];
    default:
      return undefined;
  }
}

function outputOf({ inputs, attrs }: KernelCall, isDepthwise: boolean): number[] {
  const { x, filter } = inputs as unknown as Record<'x' | 'filter', TensorInfo>;
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs as unknown as Record<
    string,
    unknown
  >;
  return tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides as ConvInfo[2],
    (dilations as ConvInfo[3] | undefined) ?? 1,
    pad as ConvInfo[4],
    dimRoundingMode as ConvInfo[5],
    isDepthwise,
    dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
  ).outShape;
}
