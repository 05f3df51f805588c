/** Convolutions that keep the channels of images apart, with their gradients. */
import type { Node } from '../graph/program.js';
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';
import {
  addedUp,
  attributesOf,
  channelsFirst,
  channelsLast,
  fromChannelsFirst,
  fromChannelsLast,
  missingBehind,
  offsetsOf,
  seenAt,
  type Windows,
  windowsOfConvolution,
} from './windows.js';

/** ONNX's filter, `[outputs, 1, rows, columns]`, of TensorFlow's. */
function filterOf(graph: OnnxGraph, filter: string, windows: Windows): string {
  const { rows, columns, outChannels } = windows;
  const turned = graph.emit('Transpose', [filter], { perm: [2, 3, 0, 1] });
  const shape = [outChannels, 1, rows.window, columns.window];
  return graph.emit('Reshape', [turned, graph.integers(shape)]);
}

const column = (graph: OnnxGraph, x: string) => graph.emit('Unsqueeze', [x, graph.integers([-1])]);

/** `[batch, rows, columns, channels, outputs of each]`. */
function perChannel(graph: OnnxGraph, dy: string, windows: Windows): string {
  const { batch, rows, columns, channels, outChannels } = windows;
  const shape = [batch, rows.places, columns.places, channels, outChannels / channels];
  return graph.emit('Reshape', [dy, graph.integers(shape)]);
}

/** The weights of each offset, `[channels, outputs of each]`. */
function weightsAt(graph: OnnxGraph, filter: string, windows: Windows): string[] {
  return offsetsOf(windows).map(({ row, column }) => {
    const at = graph.emit('Slice', [
      filter,
      graph.integers([row, column]),
      graph.integers([row + 1, column + 1]),
      graph.integers([0, 1]),
    ]);
    return graph.emit('Squeeze', [at, graph.integers([0, 1])]);
  });
}

function convolved(graph: OnnxGraph, [x, filter]: readonly string[], node: Node): string {
  const [images, weights] = node.inputs;
  const windows = windowsOfConvolution(node, images!.shape, weights!.shape, true);
  // ONNX Runtime convolves in single precision alone.
  if (graph.precision === 'float64') {
    const weightAt = weightsAt(graph, filter!, windows);
    const { batch, rows, columns, outChannels } = windows;
    const shape = graph.integers([batch, rows.places, columns.places, outChannels]);
    const parts = seenAt(graph, channelsLast(graph, x!, windows), windows).map((pixels, i) =>
      graph.emit('Reshape', [graph.emit('Mul', [column(graph, pixels), weightAt[i]!]), shape]),
    );
    return fromChannelsLast(graph, graph.emit('Sum', parts), windows);
  }
  const y = graph.emit(
    'Conv',
    [channelsFirst(graph, x!, windows), filterOf(graph, filter!, windows)],
    { ...attributesOf(windows), group: windows.channels },
  );
  return fromChannelsFirst(graph, y, windows);
}

function byImages(graph: OnnxGraph, [dy, filter]: readonly string[], node: Node): string {
  const windows = windowsOfConvolution(node, node.outputs[0]!.shape, node.inputs[1]!.shape, true);
  if (graph.precision === 'float64') {
    const last = perChannel(graph, channelsLast(graph, dy!, windows), windows);
    const parts = weightsAt(graph, filter!, windows).map((weight) =>
      graph.emit('ReduceSum', [graph.emit('Mul', [last, weight]), graph.integers([-1])], {
        keepdims: 0,
      }),
    );
    return fromChannelsLast(graph, addedUp(graph, parts, windows), windows);
  }
  const dx = graph.emit(
    'ConvTranspose',
    [channelsFirst(graph, dy!, windows), filterOf(graph, filter!, windows)],
    {
      ...attributesOf(windows),
      group: windows.channels,
      output_padding: missingBehind(windows),
    },
  );
  return fromChannelsFirst(graph, dx, windows);
}

function byFilter(graph: OnnxGraph, inputs: readonly string[], node: Node): string {
  const { shape } = node.outputs[0]!;
  const windows = windowsOfConvolution(node, node.inputs[0]!.shape, shape, true);
  const [x, dy] = inputs.map((input) => channelsLast(graph, input, windows));
  const gradient = perChannel(graph, dy!, windows);
  const parts = seenAt(graph, x!, windows).map((pixels) => {
    const products = graph.emit('Mul', [column(graph, pixels), gradient]);
    const sum = graph.emit('ReduceSum', [products, graph.integers([0, 1, 2])], { keepdims: 0 });
    return graph.emit('Unsqueeze', [sum, graph.integers([0])]);
  });
  return graph.emit('Reshape', [graph.emit('Concat', parts, { axis: 0 }), graph.integers(shape)]);
}

/** With a bias for each channel; activations are kernels of their own by now. */
const fused: Lowering = (graph, inputs, node) => {
  const plain = convolved(graph, inputs, node);
  const at = node.names.indexOf('bias');
  if (at < 0) return plain;
  const { shape } = node.inputs[at]!;
  const isBehind = node.attributes.dataFormat === 'NCHW' && shape.length === 1 && shape[0] !== 1;
  const bias = isBehind
    ? graph.emit('Reshape', [inputs[at]!, graph.integers([shape[0]!, 1, 1])])
    : inputs[at]!;
  return graph.emit('Add', [plain, bias]);
};

export const depthwiseKernels: Record<string, Lowering> = {
  DepthwiseConv2dNative: convolved,
  DepthwiseConv2dNativeBackpropInput: byImages,
  DepthwiseConv2dNativeBackpropFilter: byFilter,
  FusedDepthwiseConv2D: fused,
};
