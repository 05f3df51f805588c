/** Kernels that take from places, and put to places, that are known when the program runs. */
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';

/** Places, as ONNX counts them. */
const places = (graph: OnnxGraph, indices: string) => graph.emit('Cast', [indices], { to: 7 });

/** The updates added up, each at its place, in a tensor of zeros. */
function scattered(graph: OnnxGraph, indices: string, updates: string, shape: readonly number[]) {
  const zeros = graph.emit('Expand', [graph.scalar(0), graph.integers(shape)]);
  return graph.emit('ScatterND', [zeros, places(graph, indices), updates], { reduction: 'add' });
}

/** What is largest first, with where it stood. */
const best: Lowering = (graph, [x], node) => {
  const [values, indices] = graph.emit(
    'TopK',
    [x!, graph.integers([node.attributes.k as number])],
    { axis: -1 },
    2,
  );
  return [values!, graph.emit('Cast', [indices!], { to: graph.numberOf('int32') })];
};

const extreme =
  (op: string): Lowering =>
  (graph, [x], node) => {
    const { axis } = node.attributes;
    const [only] = [axis as number | readonly number[]].flat();
    return graph.emit('Cast', [graph.emit(op, [x!], { axis: only!, keepdims: 0 })], {
      to: graph.numberOf('int32'),
    });
  };

export const indexingKernels: Record<string, Lowering> = {
  ArgMax: extreme('ArgMax'),
  ArgMin: extreme('ArgMin'),
  TopK: best,
  GatherNd: (graph, [x, indices]) => graph.emit('GatherND', [x!, places(graph, indices!)]),
  ScatterNd: (graph, [indices, updates], node) =>
    scattered(graph, indices!, updates!, node.outputs[0]!.shape),
  TensorScatterUpdate: (graph, [x, indices, updates]) =>
    graph.emit('ScatterND', [x!, places(graph, indices!), updates!]),
  UnsortedSegmentSum: (graph, [x, ids], node) => {
    const rows = graph.emit('Unsqueeze', [ids!, graph.integers([-1])]);
    return scattered(graph, rows, x!, node.outputs[0]!.shape);
  },
  OneHot: (graph, [indices], node) => {
    const { dtype } = node.outputs[0]!;
    const depth = node.attributes.depth as number;
    const classes = graph.constant(
      Int32Array.from({ length: depth }, (_, i) => i),
      'int32',
      [depth],
    );
    const column = graph.emit('Unsqueeze', [indices!, graph.integers([-1])]);
    return graph.emit('Where', [
      graph.emit('Equal', [column, classes]),
      graph.scalar(node.attributes.onValue as number, dtype),
      graph.scalar(node.attributes.offValue as number, dtype),
    ]);
  },
};
