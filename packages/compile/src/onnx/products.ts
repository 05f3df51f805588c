/** Products of matrices. */
import type { Node, Value } from '../graph/program.js';
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';

export const productKernels: Record<string, Lowering> = {
  Einsum: (graph, inputs, { attributes }) =>
    graph.emit('Einsum', inputs, { equation: attributes.equation as string }),
  BatchMatMul: (graph, [a, b], node) => product(graph, a!, b!, node),
  /** With a bias; activations are kernels of their own by now. */
  _FusedMatMul: (graph, inputs, node) => {
    const bias = node.names.indexOf('bias');
    return product(graph, inputs[0]!, inputs[1]!, node, bias < 0 ? undefined : inputs[bias]);
  },
};

/** a b, either transposed in its last two axes; two matrices are one Gemm. */
function product(graph: OnnxGraph, a: string, b: string, node: Node, bias?: string): string {
  const [left, right] = node.inputs as readonly [Value, Value];
  const transposeA = node.attributes.transposeA === true;
  const transposeB = node.attributes.transposeB === true;
  if (left.shape.length === 2 && right.shape.length === 2)
    return bias === undefined && !transposeA && !transposeB
      ? graph.emit('MatMul', [a, b])
      : graph.emit('Gemm', bias === undefined ? [a, b] : [a, b, bias], {
          transA: transposeA ? 1 : 0,
          transB: transposeB ? 1 : 0,
        });
  const swapped = (name: string, value: Value) => {
    const axes = value.shape.map((_, i) => i);
    const [row, column] = axes.splice(-2);
    return graph.emit('Transpose', [name], { perm: [...axes, column!, row!] });
  };
  const plain = graph.emit('MatMul', [
    transposeA ? swapped(a, left) : a,
    transposeB ? swapped(b, right) : b,
  ]);
  return bias === undefined ? plain : graph.emit('Add', [plain, bias]);
}
