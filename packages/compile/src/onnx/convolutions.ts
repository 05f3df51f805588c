/** Convolutions of images, dense and depthwise, with their gradients. */
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
  offsetsOf,
  seenAt,
  type Windows,
  windowsOfConvolution,
} from './windows.js';

/** What one entry of the window does to the channels of a pixel, and the two transposes of it. */
interface Kind {
  readonly isDepthwise: boolean;
  /** ONNX's filter, `[outputs, inputs of a group, rows, columns]`, of TensorFlow's. */
  filter(graph: OnnxGraph, filter: string, windows: Windows): string;
  apply(graph: OnnxGraph, pixels: string, weight: string, windows: Windows): string;
  applyTransposed(graph: OnnxGraph, dy: string, weight: string, windows: Windows): string;
  /** The weight's gradient, from what it saw and the gradients of what it gave. */
  byWeight(graph: OnnxGraph, pixels: string, dy: string, windows: Windows): string;
}

const dense: Kind = {
  isDepthwise: false,
  filter: (graph, filter) => graph.emit('Transpose', [filter], { perm: [3, 2, 0, 1] }),
  apply: (graph, pixels, weight) => graph.emit('MatMul', [pixels, weight]),
  applyTransposed: (graph, dy, weight) =>
    graph.emit('MatMul', [dy, graph.emit('Transpose', [weight], { perm: [1, 0] })]),
  byWeight: (graph, pixels, dy, { batch, rows, columns, channels, outChannels }) => {
    const count = batch * rows.places * columns.places;
    const flat = (x: string, width: number) =>
      graph.emit('Reshape', [x, graph.integers([count, width])]);
    return graph.emit('Gemm', [flat(pixels, channels), flat(dy, outChannels)], { transA: 1 });
  },
};

const depthwise: Kind = {
  isDepthwise: true,
  filter: (graph, filter, { rows, columns, outChannels }) => {
    const turned = graph.emit('Transpose', [filter], { perm: [2, 3, 0, 1] });
    const shape = [outChannels, 1, rows.window, columns.window];
    return graph.emit('Reshape', [turned, graph.integers(shape)]);
  },
  apply: (graph, pixels, weight, { batch, rows, columns, outChannels }) => {
    const spread = graph.emit('Mul', [column(graph, pixels), weight]);
    const shape = [batch, rows.places, columns.places, outChannels];
    return graph.emit('Reshape', [spread, graph.integers(shape)]);
  },
  applyTransposed: (graph, dy, weight, windows) =>
    graph.emit(
      'ReduceSum',
      [graph.emit('Mul', [perChannel(graph, dy, windows), weight]), graph.integers([-1])],
      { keepdims: 0 },
    ),
  byWeight: (graph, pixels, dy, windows) =>
    graph.emit(
      'ReduceSum',
      [
        graph.emit('Mul', [column(graph, pixels), perChannel(graph, dy, windows)]),
        graph.integers([0, 1, 2]),
      ],
      { keepdims: 0 },
    ),
};

const column = (graph: OnnxGraph, x: string) => graph.emit('Unsqueeze', [x, graph.integers([-1])]);

/** `[batch, rows, columns, channels, outputs of each]`. */
function perChannel(graph: OnnxGraph, dy: string, windows: Windows): string {
  const { batch, rows, columns, channels, outChannels } = windows;
  const shape = [batch, rows.places, columns.places, channels, outChannels / channels];
  return graph.emit('Reshape', [dy, graph.integers(shape)]);
}

/** The weights of each offset, `[channels, outputs]`. */
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

function convolved(graph: OnnxGraph, inputs: readonly string[], node: Node, kind: Kind): string {
  const [x, filter] = inputs as readonly [string, string];
  const [images, weights] = node.inputs;
  const windows = windowsOfConvolution(node, images!.shape, weights!.shape, kind.isDepthwise);
  // ONNX Runtime convolves in single precision alone.
  if (graph.precision === 'float64') {
    const seen = seenAt(graph, channelsLast(graph, x, windows), windows);
    const weightAt = weightsAt(graph, filter, windows);
    const parts = seen.map((pixels, i) => kind.apply(graph, pixels, weightAt[i]!, windows));
    return fromChannelsLast(graph, graph.emit('Sum', parts), windows);
  }
  const y = graph.emit(
    'Conv',
    [channelsFirst(graph, x, windows), kind.filter(graph, filter, windows)],
    { ...attributesOf(windows), group: kind.isDepthwise ? windows.channels : 1 },
  );
  return fromChannelsFirst(graph, y, windows);
}

function byImages(graph: OnnxGraph, inputs: readonly string[], node: Node, kind: Kind): string {
  const [dy, filter] = inputs as readonly [string, string];
  const windows = windowsOfConvolution(
    node,
    node.outputs[0]!.shape,
    node.inputs[1]!.shape,
    kind.isDepthwise,
  );
  if (graph.precision === 'float64') {
    const last = channelsLast(graph, dy, windows);
    const weightAt = weightsAt(graph, filter, windows);
    const parts = weightAt.map((weight) => kind.applyTransposed(graph, last, weight, windows));
    return fromChannelsLast(graph, addedUp(graph, parts, windows), windows);
  }
  const missing = [windows.rows, windows.columns].map(
    ({ size, places, window, stride, dilation, before, after }) =>
      size + before + after - ((places - 1) * stride + (window - 1) * dilation + 1),
  );
  const dx = graph.emit(
    'ConvTranspose',
    [channelsFirst(graph, dy, windows), kind.filter(graph, filter, windows)],
    {
      ...attributesOf(windows),
      group: kind.isDepthwise ? windows.channels : 1,
      output_padding: missing,
    },
  );
  return fromChannelsFirst(graph, dx, windows);
}

function byFilter(graph: OnnxGraph, inputs: readonly string[], node: Node, kind: Kind): string {
  const { shape } = node.outputs[0]!;
  const windows = windowsOfConvolution(node, node.inputs[0]!.shape, shape, kind.isDepthwise);
  const [x, dy] = inputs.map((input) => channelsLast(graph, input, windows));
  const parts = seenAt(graph, x!, windows).map((pixels) =>
    graph.emit('Unsqueeze', [kind.byWeight(graph, pixels, dy!, windows), graph.integers([0])]),
  );
  return graph.emit('Reshape', [graph.emit('Concat', parts, { axis: 0 }), graph.integers(shape)]);
}

/** With a bias for each channel; activations are kernels of their own by now. */
const fused =
  (kind: Kind): Lowering =>
  (graph, inputs, node) => {
    const plain = convolved(graph, inputs, node, kind);
    const at = node.names.indexOf('bias');
    if (at < 0) return plain;
    const { shape } = node.inputs[at]!;
    const isBehind = node.attributes.dataFormat === 'NCHW' && shape.length === 1 && shape[0] !== 1;
    const bias = isBehind
      ? graph.emit('Reshape', [inputs[at]!, graph.integers([shape[0]!, 1, 1])])
      : inputs[at]!;
    return graph.emit('Add', [plain, bias]);
  };

export const convolutionKernels: Record<string, Lowering> = {
  Conv2D: (graph, inputs, node) => convolved(graph, inputs, node, dense),
  Conv2DBackpropInput: (graph, inputs, node) => byImages(graph, inputs, node, dense),
  Conv2DBackpropFilter: (graph, inputs, node) => byFilter(graph, inputs, node, dense),
  FusedConv2D: fused(dense),
  DepthwiseConv2dNative: (graph, inputs, node) => convolved(graph, inputs, node, depthwise),
  DepthwiseConv2dNativeBackpropInput: (graph, inputs, node) =>
    byImages(graph, inputs, node, depthwise),
  DepthwiseConv2dNativeBackpropFilter: (graph, inputs, node) =>
    byFilter(graph, inputs, node, depthwise),
  FusedDepthwiseConv2D: fused(depthwise),
};
