/** Windows that slide over images, as convolutions and pools have them: what they see, offset by offset. */
import * as tf from '@tensorflow/tfjs';
import type { Node } from '../graph/program.js';
import type { OnnxGraph } from './model.js';

type ConvInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** One of the two axes that a window moves along. */
interface Axis {
  /** Of the image. */
  readonly size: number;
  /** How many places the window takes. */
  readonly places: number;
  /** Offsets in the window. */
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  /** Rows beyond the image: before it, and after it as far as a window reaches. */
  readonly before: number;
  readonly after: number;
}

/** How a window moves over a batch of images. */
export interface Windows {
  readonly batch: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly rows: Axis;
  readonly columns: Axis;
  /** Do channels come before rows? */
  readonly isChannelsFirst: boolean;
}

type Shape4D = [number, number, number, number];
type Pair = number | [number, number];

/** The windows of a convolution of images and a filter of these shapes. */
export function windowsOfConvolution(
  { attributes }: Node,
  images: readonly number[],
  filter: readonly number[],
  isDepthwise: boolean,
): Windows {
  const { strides, dilations, pad, dimRoundingMode, dataFormat } = attributes;
  return windowsOf(
    tf.backend_util.computeConv2DInfo(
      images as Shape4D,
      filter as Shape4D,
      strides as Pair,
      (dilations as Pair | undefined) ?? 1,
      pad as Parameters<typeof tf.backend_util.computeConv2DInfo>[4],
      dimRoundingMode as 'floor' | 'round' | 'ceil',
      isDepthwise,
      dataFormat === 'NCHW' ? 'channelsFirst' : 'channelsLast',
    ),
  );
}

/** The windows of a pool over images of this shape. */
export function windowsOfPool({ attributes }: Node, images: readonly number[]): Windows {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  return windowsOf(
    tf.backend_util.computePool2DInfo(
      images as Shape4D,
      filterSize as [number, number],
      strides as Pair,
      1,
      pad as Parameters<typeof tf.backend_util.computePool2DInfo>[4],
      dimRoundingMode as 'floor' | 'round' | 'ceil',
    ),
  );
}

function windowsOf(info: ConvInfo): Windows {
  const axis = (along: Omit<Axis, 'after'>): Axis => {
    const reach = (along.places - 1) * along.stride + (along.window - 1) * along.dilation + 1;
    return { ...along, after: Math.max(0, reach - along.before - along.size) };
  };
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    outChannels: info.outChannels,
    isChannelsFirst: info.dataFormat === 'channelsFirst',
    rows: axis({
      size: info.inHeight,
      places: info.outHeight,
      window: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      before: info.padInfo.top,
    }),
    columns: axis({
      size: info.inWidth,
      places: info.outWidth,
      window: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      before: info.padInfo.left,
    }),
  };
}

/** What the operators of ONNX are told of windows. */
export function attributesOf({ rows, columns }: Windows) {
  return {
    kernel_shape: [rows.window, columns.window],
    strides: [rows.stride, columns.stride],
    dilations: [rows.dilation, columns.dilation],
    pads: [rows.before, columns.before, rows.after, columns.after],
  };
}

/** Pixels behind the last window, which a transposed convolution is to give all the same. */
export function missingBehind({ rows, columns }: Windows): number[] {
  return [rows, columns].map(
    ({ size, places, window, stride, dilation, before, after }) =>
      size + before + after - ((places - 1) * stride + (window - 1) * dilation + 1),
  );
}

/** Images with rows and columns before channels, as offsets are taken of, from the layout of the program and back. */
export function channelsLast(graph: OnnxGraph, x: string, { isChannelsFirst }: Windows): string {
  return isChannelsFirst ? graph.emit('Transpose', [x], { perm: [0, 2, 3, 1] }) : x;
}

/** Images with channels before rows and columns, as operators of ONNX have them, from the layout of the program. */
export function channelsFirst(graph: OnnxGraph, x: string, { isChannelsFirst }: Windows): string {
  return isChannelsFirst ? x : graph.emit('Transpose', [x], { perm: [0, 3, 1, 2] });
}

/** Undoes {@link channelsLast}. */
export const fromChannelsLast = (graph: OnnxGraph, x: string, { isChannelsFirst }: Windows) =>
  isChannelsFirst ? graph.emit('Transpose', [x], { perm: [0, 3, 1, 2] }) : x;

/** Undoes {@link channelsFirst}. */
export const fromChannelsFirst = (graph: OnnxGraph, x: string, { isChannelsFirst }: Windows) =>
  isChannelsFirst ? x : graph.emit('Transpose', [x], { perm: [0, 2, 3, 1] });

/** Every offset in the window, row by row. */
export function offsetsOf({ rows, columns }: Windows): { row: number; column: number }[] {
  return Array.from({ length: rows.window * columns.window }, (_, i) => ({
    row: Math.floor(i / columns.window),
    column: i % columns.window,
  }));
}

/** For each offset, the pixels that windows see there: `[batch, rows, columns, channels]` of places. */
export function seenAt(graph: OnnxGraph, images: string, windows: Windows): string[] {
  const { rows, columns } = windows;
  const pads = [0, rows.before, columns.before, 0, 0, rows.after, columns.after, 0];
  const padded = pads.some((pad) => pad > 0)
    ? graph.emit('Pad', [images, graph.integers(pads), graph.scalar(0)])
    : images;
  return offsetsOf(windows).map(({ row, column }) => {
    const from = [row * rows.dilation, column * columns.dilation];
    const last = [(rows.places - 1) * rows.stride, (columns.places - 1) * columns.stride];
    return graph.emit('Slice', [
      padded,
      graph.integers(from),
      graph.integers(from.map((start, i) => start + last[i]! + 1)),
      graph.integers([1, 2]),
      graph.integers([rows.stride, columns.stride]),
    ]);
  });
}

/** Adds up, in images, what each offset of each window has for the pixel that it sees: the transpose of {@link seenAt}. */
export function addedUp(graph: OnnxGraph, atOffsets: readonly string[], windows: Windows): string {
  const { batch, channels, rows, columns } = windows;
  const axes = [rows, columns];
  const spaced = axes.map(({ places, stride }) => places * stride);
  // Long enough for the image wherever the windows end.
  const lengths = axes.map(({ window, dilation, before, size }, i) =>
    Math.max(spaced[i]! + (window - 1) * dilation, before + size),
  );
  const shifted = offsetsOf(windows).map(({ row, column }, i) => {
    const at = [row * rows.dilation, column * columns.dilation];
    const after = lengths.map((length, axis) => length - spaced[axis]! - at[axis]!);
    return graph.emit('Pad', [
      withGaps(graph, atOffsets[i]!, windows),
      graph.integers([0, at[0]!, at[1]!, 0, 0, after[0]!, after[1]!, 0]),
      graph.scalar(0),
    ]);
  });
  const total = graph.emit('Sum', shifted);
  const inside = graph.emit('Slice', [
    total,
    graph.integers(axes.map(({ before }) => before)),
    graph.integers(axes.map(({ before, size }) => before + size)),
    graph.integers([1, 2]),
  ]);
  return graph.emit('Reshape', [
    inside,
    graph.integers([batch, rows.size, columns.size, channels]),
  ]);
}

/** Zeros between places, so that neighbours are a stride apart. */
function withGaps(graph: OnnxGraph, x: string, { batch, channels, rows, columns }: Windows) {
  if (rows.stride === 1 && columns.stride === 1) return x;
  const apart = graph.emit('Reshape', [
    x,
    graph.integers([batch, rows.places, 1, columns.places, 1, channels]),
  ]);
  const gaps = [0, 0, rows.stride - 1, 0, columns.stride - 1, 0];
  const padded = graph.emit('Pad', [
    apart,
    graph.integers([...gaps.map(() => 0), ...gaps]),
    graph.scalar(0),
  ]);
  return graph.emit('Reshape', [
    padded,
    graph.integers([batch, rows.places * rows.stride, columns.places * columns.stride, channels]),
  ]);
}
