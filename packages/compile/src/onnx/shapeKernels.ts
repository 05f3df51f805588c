/** Kernels that move numbers without changing them. */
import * as tf from '@tensorflow/tfjs';
import { sizeOf, type Value } from '../graph/program.js';
import type { Lowering } from './lowering.js';

const filled =
  (number: (attributes: Readonly<Record<string, unknown>>) => number): Lowering =>
  (graph, _inputs, node) => {
    const { shape, dtype } = node.outputs[0]!;
    return graph.emit('Expand', [
      graph.scalar(number(node.attributes), dtype),
      graph.integers(shape),
    ]);
  };

/** Constant indices that are first, first + step, first + 2 step, .... */
function progressionOf({ shape, source }: Value) {
  if (source.kind !== 'constant' || shape.length !== 1 || shape[0] === 0) return undefined;
  const [first, second] = source.values as Int32Array;
  const step = second === undefined ? 1 : second - first!;
  const isEven = source.values.every((index, i) => index === first! + i * step);
  return step !== 0 && isEven ? { first: first!, step, count: shape[0]! } : undefined;
}

export const shapeKernels: Record<string, Lowering> = {
  Reshape: (graph, [x], node) =>
    graph.emit('Reshape', [x!, graph.integers(node.outputs[0]!.shape)]),
  Fill: filled((attributes) => attributes.value as number),
  ZerosLike: filled(() => 0),
  OnesLike: filled(() => 1),

  Transpose: (graph, [x], node) =>
    graph.emit('Transpose', [x!], { perm: node.attributes.perm as number[] }),
  Tile: (graph, [x], node) =>
    graph.emit('Tile', [x!, graph.integers(node.attributes.reps as number[])]),

  Concat: (graph, inputs, node) => {
    // tfjs allows empty tensors in the list.
    const full = inputs.filter((_, i) => sizeOf(node.inputs[i]!.shape) > 0);
    return graph.emit('Concat', full, { axis: node.attributes.axis as number });
  },
  Pack: (graph, inputs, node) => {
    const axis = node.attributes.axis as number;
    return graph.emit(
      'Concat',
      inputs.map((x) => graph.emit('Unsqueeze', [x, graph.integers([axis])])),
      { axis },
    );
  },
  Unpack: (graph, [x], node) => {
    const axis = node.attributes.axis as number;
    const sizes = graph.integers(node.outputs.map(() => 1));
    return graph
      .emit('Split', [x!, sizes], { axis }, node.outputs.length)
      .map((part) => graph.emit('Squeeze', [part, graph.integers([axis])]));
  },
  SplitV: (graph, [x], node) => {
    const axis = node.attributes.axis as number;
    const at = axis < 0 ? axis + node.inputs[0]!.shape.length : axis;
    const sizes = graph.integers(node.outputs.map((output) => output.shape[at]!));
    return graph.emit('Split', [x!, sizes], { axis: at }, node.outputs.length);
  },

  Slice: (graph, [x], node) => {
    const begin = [node.attributes.begin as number | number[]].flat();
    const { shape } = node.outputs[0]!;
    // Only the axes that are cut, so that a slice of columns is one strided copy.
    const cut = shape.map((_, i) => i).filter((i) => shape[i] !== node.inputs[0]!.shape[i]);
    if (cut.length === 0) return graph.emit('Identity', [x!]);
    return graph.emit('Slice', [
      x!,
      graph.integers(cut.map((i) => begin[i] ?? 0)),
      graph.integers(cut.map((i) => (begin[i] ?? 0) + shape[i]!)),
      graph.integers(cut),
    ]);
  },
  PadV2: (graph, [x], node) => {
    const paddings = node.attributes.paddings as [number, number][];
    return graph.emit('Pad', [
      x!,
      graph.integers([
        ...paddings.map(([before]) => before),
        ...paddings.map(([, after]) => after),
      ]),
      graph.scalar(node.attributes.constantValue as number, node.outputs[0]!.dtype),
    ]);
  },
  Reverse: (graph, [x], node) => {
    const dims = tf.util.parseAxisParam(node.attributes.dims as number[], [
      ...node.inputs[0]!.shape,
    ]);
    return graph.emit('Slice', [
      x!,
      graph.integers(dims.map(() => -1)),
      graph.integers(dims.map(() => -(2 ** 31))),
      graph.integers(dims),
      graph.integers(dims.map(() => -1)),
    ]);
  },
  GatherV2: (graph, [x, indices], node) => {
    const axis = node.attributes.axis as number;
    const steps = progressionOf(node.inputs[1]!);
    if (steps === undefined)
      return graph.emit('Reshape', [
        graph.emit('Gather', [x!, indices!], { axis }),
        graph.integers(node.outputs[0]!.shape),
      ]);
    // A strided copy, many times faster than a gather.
    const { first, step, count } = steps;
    const end = first + step * count;
    return graph.emit(
      'Slice',
      [x!, [first], [end < 0 ? -(2 ** 31) : end], [axis], [step]].map((item) =>
        typeof item === 'string' ? item : graph.integers(item),
      ),
    );
  },
  StridedSlice: (graph, [x], node) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
      node.attributes as Readonly<Record<string, number>> &
        Record<'begin' | 'end' | 'strides', number[]>;
    const info = tf.slice_util.sliceInfo(
      [...node.inputs[0]!.shape],
      begin,
      end,
      strides,
      beginMask!,
      endMask!,
      ellipsisMask!,
      newAxisMask!,
      shrinkAxisMask!,
    );
    const part = graph.emit('Slice', [
      x!,
      graph.integers(info.begin),
      // Before the first place: ONNX counts negative ends from behind.
      graph.integers(info.end.map((to) => (to < 0 ? -(2 ** 31) : to))),
      graph.integers(info.begin.map((_, axis) => axis)),
      graph.integers(info.strides),
    ]);
    return graph.emit('Reshape', [part, graph.integers(node.outputs[0]!.shape)]);
  },
  MirrorPad: (graph, [x], node) => {
    const paddings = node.attributes.paddings as [number, number][];
    // Does the outermost number appear twice?
    const twice = node.attributes.mode === 'symmetric' ? 1 : 0;
    return paddings.reduce((padded, [before, after], axis) => {
      if (before === 0 && after === 0) return padded;
      const size = node.inputs[0]!.shape[axis]!;
      const from = Array.from({ length: before + size + after }, (_, i) => {
        const at = i - before;
        if (at < 0) return -at - twice;
        return at < size ? at : 2 * (size - 1) - at + twice;
      });
      return graph.emit('Gather', [padded, graph.integers(from)], { axis });
    }, x!);
  },
  DepthToSpace: (graph, [x], node) => {
    const size = node.attributes.blockSize as number;
    const [batch, height, width, channels] = node.inputs[0]!.shape as [
      number,
      number,
      number,
      number,
    ];
    const blocks = [batch, height, width, size, size, channels / size ** 2];
    const apart = graph.emit('Reshape', [x!, graph.integers(blocks)]);
    const turned = graph.emit('Transpose', [apart], { perm: [0, 1, 3, 2, 4, 5] });
    return graph.emit('Reshape', [turned, graph.integers(node.outputs[0]!.shape)]);
  },
};
