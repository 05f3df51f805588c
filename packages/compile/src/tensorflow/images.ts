/** Convolutions, pools and resizes of images, with their gradients. */
import type { Node } from '../graph/program.js';
import { windowsOfConvolution } from '../onnx/windows.js';
import type { Attributes, Lowering, Output } from './graph.js';

type Inputs = readonly Output[];

/** The inputs that the kernel has under these names. */
function named(inputs: Inputs, node: Node, ...names: string[]): Output[] {
  return names.map((name) => inputs[node.names.indexOf(name)]!);
}

/** How windows of a filter of this shape move over images of this shape. */
function moves(
  node: Node,
  images: readonly number[],
  filter: readonly number[],
  isDepthwise: boolean,
): Attributes {
  const { rows, columns, isChannelsFirst } = windowsOfConvolution(
    node,
    images,
    filter,
    isDepthwise,
  );
  const along = (outside: readonly number[], inside: readonly number[]) =>
    isChannelsFirst ? [...outside, ...outside, ...inside] : [...outside, ...inside, ...outside];
  return {
    strides: along([1], [rows.stride, columns.stride]),
    dilations: along([1], [rows.dilation, columns.dilation]),
    padding: 'EXPLICIT',
    explicit_paddings: along([0, 0], [rows.before, rows.after, columns.before, columns.after]),
    data_format: isChannelsFirst ? 'NCHW' : 'NHWC',
  };
}

const convolution =
  (op: string, isDepthwise: boolean): Lowering =>
  (graph, inputs, node) => {
    const [images, filter] = node.inputs;
    const how = moves(node, images!.shape, filter!.shape, isDepthwise);
    const plain = graph.typed(op, inputs.slice(0, 2), how);
    const [bias] = named(inputs, node, 'bias');
    return bias === undefined ? plain : graph.typed('AddV2', [plain, bias]);
  };

const byImages =
  (op: string, isDepthwise: boolean): Lowering =>
  (graph, inputs, node) => {
    const { shape } = node.outputs[0]!;
    const [dy, filter] = named(inputs, node, 'dy', 'filter');
    const how = moves(node, shape, node.inputs[node.names.indexOf('filter')]!.shape, isDepthwise);
    return graph.emit(op, [graph.integers(shape), filter!, dy!], {
      attributes: { T: { type: dy!.type }, ...how },
      type: dy!.type,
    });
  };

const byFilter =
  (op: string, isDepthwise: boolean): Lowering =>
  (graph, inputs, node) => {
    const { shape } = node.outputs[0]!;
    const [x, dy] = named(inputs, node, 'x', 'dy');
    const how = moves(node, node.inputs[node.names.indexOf('x')]!.shape, shape, isDepthwise);
    return graph.typed(op, [x!, graph.integers(shape), dy!], how);
  };

/** How the windows of a pool move. Pools pad by these two rules alone, here and in the engine. */
function pooling({ attributes }: Node): Attributes {
  const { filterSize, strides, pad } = attributes as Record<string, number | number[]>;
  const both = (size: number | number[]) => (typeof size === 'number' ? [size, size] : size);
  return {
    ksize: [1, ...both(filterSize!), 1],
    strides: [1, ...both(strides!), 1],
    padding: String(pad).toUpperCase(),
    data_format: 'NHWC',
  };
}

const resize =
  (op: string): Lowering =>
  (graph, [images], node) =>
    graph.emit(op, [images!, graph.integers(node.outputs[0]!.shape.slice(1, 3))], {
      attributes: { T: { type: images!.type }, ...corners(node) },
    });

function corners({ attributes }: Node): Attributes {
  return {
    align_corners: attributes.alignCorners === true,
    half_pixel_centers: attributes.halfPixelCenters === true,
  };
}

export const imageKernels: Record<string, Lowering> = {
  Conv2D: convolution('Conv2D', false),
  FusedConv2D: convolution('Conv2D', false),
  Conv2DBackpropInput: byImages('Conv2DBackpropInput', false),
  Conv2DBackpropFilter: byFilter('Conv2DBackpropFilter', false),
  DepthwiseConv2dNative: convolution('DepthwiseConv2dNative', true),
  FusedDepthwiseConv2D: convolution('DepthwiseConv2dNative', true),
  DepthwiseConv2dNativeBackpropInput: byImages('DepthwiseConv2dNativeBackpropInput', true),
  DepthwiseConv2dNativeBackpropFilter: byFilter('DepthwiseConv2dNativeBackpropFilter', true),

  MaxPool: (graph, inputs, node) => graph.typed('MaxPool', inputs, pooling(node)),
  MaxPoolGrad: (graph, inputs, node) =>
    graph.typed('MaxPoolGrad', named(inputs, node, 'input', 'output', 'dy'), pooling(node)),
  AvgPool: (graph, inputs, node) => graph.typed('AvgPool', inputs, pooling(node)),
  AvgPoolGrad: (graph, inputs, node) => {
    const [dy] = named(inputs, node, 'dy') as [Output];
    return graph.emit('AvgPoolGrad', [graph.integers(node.outputs[0]!.shape), dy], {
      attributes: { T: { type: dy.type }, ...pooling(node) },
      type: dy.type,
    });
  },

  ResizeBilinear: resize('ResizeBilinear'),
  ResizeNearestNeighbor: resize('ResizeNearestNeighbor'),
  ResizeBilinearGrad: (graph, inputs, node) =>
    graph.typed('ResizeBilinearGrad', named(inputs, node, 'dy', 'images'), corners(node)),
  ResizeNearestNeighborGrad: (graph, inputs, node) => {
    const [dy] = named(inputs, node, 'dy') as [Output];
    const size = graph.integers(node.outputs[0]!.shape.slice(1, 3));
    return graph.typed('ResizeNearestNeighborGrad', [dy, size], corners(node));
  },
};
