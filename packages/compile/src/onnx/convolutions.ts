/** Convolutions of images with their gradients: products with what the windows see. */
import { type Node, sizeOf } from '../graph/program.js';
import { depthwiseKernels } from './depthwise.js';
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';
import {
  gridOf,
  type Images,
  inParts,
  inPartsAgain,
  seenByWindows,
  sideBySide,
} from './patches.js';
import {
  attributesOf,
  channelsFirst,
  channelsLast,
  fromChannelsFirst,
  fromChannelsLast,
  missingBehind,
  type Windows,
  windowsOfConvolution,
} from './windows.js';

/** Products with fewer columns than a processor's vectors are long are left to the operators of ONNX. */
const FEW_COLUMNS = 16;

/** The images that windows see, and those of what they give. */
function imagesOf(name: string, { batch, rows, columns, channels }: Windows): Images {
  return { name, batch, rows: rows.size, columns: columns.size, channels };
}

function resultsOf(name: string, { batch, rows, columns, outChannels }: Windows): Images {
  return { name, batch, rows: rows.places, columns: columns.places, channels: outChannels };
}

/** How many numbers the windows see of an image. */
const numbersSeen = ({ rows, columns, channels }: Windows) =>
  rows.places * columns.places * rows.window * columns.window * channels;

/** The filter as a matrix, `[offsets * channels, outputs]`. */
function matrixOf(graph: OnnxGraph, filter: string, windows: Windows): string {
  const { rows, columns, channels, outChannels } = windows;
  const height = rows.window * columns.window * channels;
  return graph.emit('Reshape', [filter, graph.integers([height, outChannels])]);
}

/** ONNX's filter, `[outputs, inputs, rows, columns]`, of TensorFlow's. */
const filterOf = (graph: OnnxGraph, filter: string) =>
  graph.emit('Transpose', [filter], { perm: [3, 2, 0, 1] });

function convolved(
  graph: OnnxGraph,
  [x, filter]: readonly string[],
  node: Node,
  bias?: string,
): string {
  const [images, weights] = node.inputs;
  const windows = windowsOfConvolution(node, images!.shape, weights!.shape, false);
  // Of filters that are known ONNX Runtime makes its own best, and other programs know the operator.
  if (weights!.source.kind === 'constant' && graph.precision === 'float32') {
    const first = [channelsFirst(graph, x!, windows), filterOf(graph, filter!)];
    const y = graph.emit(
      'Conv',
      bias === undefined ? first : [...first, bias],
      attributesOf(windows),
    );
    return fromChannelsFirst(graph, y, windows);
  }
  const last = imagesOf(channelsLast(graph, x!, windows), windows);
  const matrix = matrixOf(graph, filter!, windows);
  const parts = inParts(graph, last, numbersSeen(windows)).map((part) =>
    graph.emit('Gemm', [
      seenByWindows(graph, part, windows),
      matrix,
      ...(bias === undefined ? [] : [bias]),
    ]),
  );
  const { batch, rows, columns, outChannels } = windows;
  const shape = graph.integers([batch, rows.places, columns.places, outChannels]);
  return fromChannelsLast(graph, graph.emit('Reshape', [joined(graph, parts), shape]), windows);
}

function joined(graph: OnnxGraph, parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : graph.emit('Concat', parts, { axis: 0 });
}

function byFilter(graph: OnnxGraph, inputs: readonly string[], node: Node): string {
  const { shape } = node.outputs[0]!;
  const windows = windowsOfConvolution(node, node.inputs[0]!.shape, shape, false);
  const { outChannels } = windows;
  const [x, dy] = inputs.map((input) => channelsLast(graph, input, windows));
  const numbers = numbersSeen(windows);
  const gradients = inParts(graph, resultsOf(dy!, windows), numbers);
  let total: string | undefined;
  for (const [i, part] of inPartsAgain(graph, imagesOf(x!, windows), numbers).entries()) {
    const { name, batch, rows, columns } = gradients[i]!;
    const flat = graph.integers([batch * rows * columns, outChannels]);
    const factors = [seenByWindows(graph, part, windows), graph.emit('Reshape', [name, flat])];
    total = graph.emit('Gemm', total === undefined ? factors : [...factors, total], { transA: 1 });
  }
  return graph.emit('Reshape', [total!, graph.integers(shape)]);
}

function byImages(graph: OnnxGraph, [dy, filter]: readonly string[], node: Node): string {
  const windows = windowsOfConvolution(node, node.outputs[0]!.shape, node.inputs[1]!.shape, false);
  const { rows, columns, channels } = windows;
  if (channels * rows.stride * columns.stride < FEW_COLUMNS && graph.precision === 'float32')
    return transposed(graph, channelsFirst(graph, dy!, windows), filter!, windows);
  const results = resultsOf(channelsLast(graph, dy!, windows), windows);
  return fromChannelsLast(graph, byBlocks(graph, results, filter!, windows), windows);
}

function transposed(graph: OnnxGraph, dy: string, filter: string, windows: Windows): string {
  const dx = graph.emit('ConvTranspose', [dy, filterOf(graph, filter)], {
    ...attributesOf(windows),
    output_padding: missingBehind(windows),
  });
  return fromChannelsFirst(graph, dx, windows);
}

/** One axis in blocks of a stride: those that hold pixels of the image, and the windows that reach each of them. */
function blocksOf({ size, before, stride, window }: Windows['rows']) {
  const first = Math.floor(before / stride);
  const count = Math.floor((before + size - 1) / stride) - first + 1;
  return { first, count, reaching: Math.ceil(window / stride) };
}

/**
 * The gradient by images in blocks of a stride by a stride: the windows that reach one pixel of a block reach all of it, so
 * that a block is a product of what these windows tell with a filter of its own order. Where windows are dilated they move by
 * single pixels.
 */
function byBlocks(graph: OnnxGraph, dy: Images, filter: string, windows: Windows): string {
  const { batch, rows, columns, channels, outChannels } = windows;
  const [high, wide] = [blocksOf(rows), blocksOf(columns)];
  const reaching = gridOf(high.reaching, wide.reaching);
  const places = gridOf(high.count, wide.count).flatMap((block) =>
    reaching.map((window) => ({
      row: high.first + block.row - window.row * rows.dilation,
      column: wide.first + block.column - window.column * columns.dilation,
    })),
  );
  const blockSize = rows.stride * columns.stride * channels;
  const weights = graph.emit('Reshape', [
    graph.emit('Transpose', [inBlocks(graph, filter, windows)], { perm: [1, 3, 4, 0, 2, 5] }),
    graph.integers([blockSize, reaching.length * outChannels]),
  ]);
  const parts = inParts(graph, dy, places.length * outChannels).map((part) =>
    graph.emit('Gemm', [sideBySide(graph, part, places, reaching.length), weights], { transB: 1 }),
  );
  const pixels = gridOf(rows.size, columns.size).map(({ row, column }) => {
    const [y, x] = [row + rows.before, column + columns.before];
    const block =
      (Math.floor(y / rows.stride) - high.first) * wide.count +
      (Math.floor(x / columns.stride) - wide.first);
    const inside = (y % rows.stride) * columns.stride + (x % columns.stride);
    return { row: 0, column: block * rows.stride * columns.stride + inside };
  });
  const blocks = {
    name: joined(graph, parts),
    batch,
    rows: 1,
    columns: high.count * wide.count * rows.stride * columns.stride,
    channels,
  };
  return graph.emit('Reshape', [
    sideBySide(graph, blocks, pixels, 1),
    graph.integers([batch, rows.size, columns.size, channels]),
  ]);
}

/** The filter, zeros behind it where windows are not whole numbers of strides: `[windows, stride, windows, stride, ...]`. */
function inBlocks(graph: OnnxGraph, filter: string, windows: Windows): string {
  const { rows, columns, channels, outChannels } = windows;
  const axes = [rows, columns].map((axis) => ({ ...axis, ...blocksOf(axis) }));
  const missing = axes.map(({ reaching, stride, window }) => reaching * stride - window);
  const whole = missing.some((count) => count > 0)
    ? graph.emit('Pad', [filter, graph.integers([0, 0, 0, 0, ...missing, 0, 0]), graph.scalar(0)])
    : filter;
  const shape = axes.flatMap(({ reaching, stride }) => [reaching, stride]);
  return graph.emit('Reshape', [whole, graph.integers([...shape, channels, outChannels])]);
}

/** With a bias for each channel; activations are kernels of their own by now. */
const fused: Lowering = (graph, inputs, node) => {
  const at = node.names.indexOf('bias');
  if (at < 0) return convolved(graph, inputs, node);
  const channels = node.inputs[1]!.shape.at(-1)!;
  const { shape } = node.inputs[at]!;
  if (sizeOf(shape) !== channels)
    return graph.emit('Add', [convolved(graph, inputs, node), inputs[at]!]);
  const row =
    shape.length === 1
      ? inputs[at]!
      : graph.emit('Reshape', [inputs[at]!, graph.integers([channels])]);
  return convolved(graph, inputs, node, row);
};

export const convolutionKernels: Record<string, Lowering> = {
  Conv2D: (graph, inputs, node) => convolved(graph, inputs, node),
  Conv2DBackpropInput: byImages,
  Conv2DBackpropFilter: byFilter,
  FusedConv2D: fused,
  ...depthwiseKernels,
};
