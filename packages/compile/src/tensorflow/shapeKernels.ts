/** Kernels that move numbers without changing them. */
import * as tf from '@tensorflow/tfjs';
import type { Lowering, Output, TensorFlowGraph } from './graph.js';

const INDEX = { type: 'int32' } as const;

export const shapeKernels: Record<string, Lowering> = {
  Reshape: (graph, [x], node) =>
    graph.typed('Reshape', [x!, graph.integers(node.outputs[0]!.shape)], { Tshape: INDEX }),
  Fill: (graph, _inputs, node) => {
    const { shape, dtype } = node.outputs[0]!;
    const value = graph.scalar(node.attributes.value as number, dtype);
    const attributes = { T: { type: dtype }, index_type: INDEX };
    return graph.emit('Fill', [graph.integers(shape), value], { attributes, type: dtype });
  },
  Transpose: (graph, [x], node) =>
    graph.typed('Transpose', [x!, graph.integers(node.attributes.perm as number[])], {
      Tperm: INDEX,
    }),
  Tile: (graph, [x], node) =>
    graph.typed('Tile', [x!, graph.integers(node.attributes.reps as number[])], {
      Tmultiples: INDEX,
    }),

  Concat: (graph, inputs, node) =>
    graph.typed('ConcatV2', [...inputs, axisOf(graph, node.attributes.axis)], {
      N: inputs.length,
      Tidx: INDEX,
    }),
  Pack: (graph, inputs, node) =>
    graph.typed('Pack', inputs, { N: inputs.length, axis: node.attributes.axis as number }),
  Unpack: (graph, [x], node) => {
    const num = node.outputs.length;
    const attributes = { T: { type: x!.type }, num, axis: node.attributes.axis as number };
    return graph.emitMany('Unpack', [x!], num, { attributes });
  },
  SplitV: (graph, [x], node) => {
    const axis = node.attributes.axis as number;
    const at = axis < 0 ? axis + node.inputs[0]!.shape.length : axis;
    const sizes = graph.integers(node.outputs.map(({ shape }) => shape[at]!));
    const num = node.outputs.length;
    return graph.emitMany('SplitV', [x!, sizes, axisOf(graph, at)], num, {
      attributes: { T: { type: x!.type }, num_split: num, Tlen: INDEX },
    });
  },

  Slice: (graph, [x], node) => {
    const { shape } = node.outputs[0]!;
    const begin = [node.attributes.begin as number | number[]].flat();
    const from = graph.integers(shape.map((_, i) => begin[i] ?? 0));
    return graph.typed('Slice', [x!, from, graph.integers(shape)], { Index: INDEX });
  },
  PadV2: (graph, [x], node) => {
    const paddings = node.attributes.paddings as [number, number][];
    const widths = graph.constant(Int32Array.from(paddings.flat()), 'int32', [paddings.length, 2]);
    const value = graph.scalar(node.attributes.constantValue as number, x!.type);
    return graph.typed('PadV2', [x!, widths, value], { Tpaddings: INDEX });
  },
  Reverse: (graph, [x], node) => {
    const { shape } = node.inputs[0]!;
    const dims = tf.util.parseAxisParam(node.attributes.dims as number[], [...shape]);
    return graph.typed('ReverseV2', [x!, graph.integers(dims)], { Tidx: INDEX });
  },
  StridedSlice: (graph, [x], node) => {
    const { begin, end, strides } = node.attributes as Record<string, number[]>;
    const mask = (name: string) => (node.attributes[name] as number | undefined) ?? 0;
    return graph.typed(
      'StridedSlice',
      [x!, ...[begin!, end!, strides!].map((list) => graph.integers(list))],
      {
        Index: INDEX,
        begin_mask: mask('beginMask'),
        end_mask: mask('endMask'),
        ellipsis_mask: mask('ellipsisMask'),
        new_axis_mask: mask('newAxisMask'),
        shrink_axis_mask: mask('shrinkAxisMask'),
      },
    );
  },
  MirrorPad: (graph, [x], node) => {
    const { paddings, mode } = node.attributes as { paddings: number[][]; mode: string };
    const widths = graph.constant(Int32Array.from(paddings.flat()), 'int32', [paddings.length, 2]);
    return graph.typed('MirrorPad', [x!, widths], { Tpaddings: INDEX, mode: mode.toUpperCase() });
  },
  DepthToSpace: (graph, [x], node) =>
    graph.typed('DepthToSpace', [x!], {
      block_size: node.attributes.blockSize as number,
      data_format: node.attributes.dataFormat as string,
    }),
};

function axisOf(graph: TensorFlowGraph, axis: unknown): Output {
  return graph.scalar(axis as number, 'int32');
}
