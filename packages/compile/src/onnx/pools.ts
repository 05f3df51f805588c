/** Pools of images, with their gradients. */
import { sizeOf } from '../graph/program.js';
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';
import {
  addedUp,
  attributesOf,
  channelsFirst,
  fromChannelsFirst,
  offsetsOf,
  seenAt,
  type Windows,
  windowsOfPool,
} from './windows.js';

/** The largest number of each window, and where in all of them it stands. */
function largest(graph: OnnxGraph, x: string, windows: Windows): string[] {
  return graph.emit('MaxPool', [channelsFirst(graph, x, windows)], attributesOf(windows), 2);
}

/** One over how many pixels of the image each window sees. */
function sharesOf(graph: OnnxGraph, { rows, columns }: Windows): string {
  const seen = ({ places, stride, window, dilation, before, size }: Windows['rows']) =>
    Array.from({ length: places }, (_, place) => {
      const at = Array.from({ length: window }, (_, i) => place * stride + i * dilation - before);
      return at.filter((pixel) => pixel >= 0 && pixel < size).length;
    });
  const inRow = seen(columns);
  const shares = seen(rows).flatMap((high) => inRow.map((wide) => 1 / (high * wide)));
  const shape = [1, rows.places, columns.places, 1];
  return graph.constant(Float64Array.from(shares), 'float32', shape);
}

export const poolKernels: Record<string, Lowering> = {
  MaxPool: (graph, [x], node) => {
    const windows = windowsOfPool(node, node.inputs[0]!.shape);
    return fromChannelsFirst(graph, largest(graph, x!, windows)[0]!, windows);
  },
  MaxPoolGrad: (graph, inputs, node) => {
    const [dy, x] = ['dy', 'input'].map((name) => inputs[node.names.indexOf(name)]!);
    const { shape } = node.outputs[0]!;
    const windows = windowsOfPool(node, shape);
    const { batch, channels, rows, columns } = windows;
    const flat = (values: string, size: number) =>
      graph.emit('Reshape', [values, graph.integers([size])]);
    const places = batch * channels * rows.places * columns.places;
    const size = sizeOf(shape);
    // A pixel may be the largest of several windows.
    const total = graph.emit(
      'ScatterElements',
      [
        graph.emit('Expand', [graph.scalar(0), graph.integers([size])]),
        flat(largest(graph, x!, windows)[1]!, places),
        flat(channelsFirst(graph, dy!, windows), places),
      ],
      { axis: 0, reduction: 'add' },
    );
    const images = graph.integers([batch, channels, rows.size, columns.size]);
    return fromChannelsFirst(graph, graph.emit('Reshape', [total, images]), windows);
  },
  AvgPool: (graph, [x], node) => {
    const windows = windowsOfPool(node, node.inputs[0]!.shape);
    const total = graph.emit('Sum', seenAt(graph, x!, windows));
    return graph.emit('Mul', [total, sharesOf(graph, windows)]);
  },
  /** As the engines have it: every share is that of a window inside the image. */
  AvgPoolGrad: (graph, [dy], node) => {
    const windows = windowsOfPool(node, node.outputs[0]!.shape);
    const offsets = offsetsOf(windows);
    const share = graph.emit('Mul', [dy!, graph.scalar(1 / offsets.length)]);
    return addedUp(
      graph,
      offsets.map(() => share),
      windows,
    );
  },
};
