/** Images of another size: a matrix times their rows, and one times their columns, known when the program is written. */
import type { Node } from '../graph/program.js';
import type { Lowering } from './lowering.js';
import type { OnnxGraph } from './model.js';

/** How one new row or column is made of old ones: pairs of an index and a share. */
type Mixture = readonly (readonly [from: number, share: number])[];
type Rule = (place: number, last: number, node: Node) => Mixture;

const nearest: Rule = (place, last, { attributes }) => {
  const at = attributes.alignCorners === true ? Math.round(place) : Math.floor(place);
  return [[Math.max(0, Math.min(last, at)), 1]];
};

const bilinear: Rule = (place, last) => {
  const from = Math.max(0, Math.floor(place));
  const to = Math.min(last, Math.ceil(place));
  const share = place - from;
  return from === to
    ? [[from, 1]]
    : [
        [from, 1 - share],
        [to, share],
      ];
};

/** `[newSize][oldSize]`: row r says what the new row r is made of. */
function matrix(oldSize: number, newSize: number, node: Node, rule: Rule): Float64Array {
  const { alignCorners, halfPixelCenters } = node.attributes;
  const hasCorners = alignCorners === true && newSize > 1;
  const ratio = hasCorners ? (oldSize - 1) / (newSize - 1) : oldSize / newSize;
  const shares = new Float64Array(newSize * oldSize);
  for (let row = 0; row < newSize; row++) {
    const centre = rule === bilinear ? 0.5 : 0;
    const place = halfPixelCenters === true ? ratio * (row + 0.5) - centre : ratio * row;
    for (const [from, share] of rule(place, oldSize - 1, node))
      shares[row * oldSize + from]! += share;
  }
  return shares;
}

/** Every row of the images mixed by one matrix, every column by another; or by their transposes. */
function resized(
  graph: OnnxGraph,
  images: string,
  node: Node,
  rule: Rule,
  [oldShape, newShape]: readonly [readonly number[], readonly number[]],
  isTransposed: boolean,
): string {
  const mixing = (axis: number) => {
    const [from, to] = [oldShape[axis]!, newShape[axis]!];
    const plain = graph.constant(matrix(from, to, node, rule), 'float32', [to, from]);
    return isTransposed ? graph.emit('Transpose', [plain], { perm: [1, 0] }) : plain;
  };
  const [given, result] = isTransposed ? [newShape, oldShape] : [oldShape, newShape];
  const [batch, height, width, channels] = given as [number, number, number, number];
  const rows = graph.emit('MatMul', [
    mixing(1),
    graph.emit('Reshape', [images, graph.integers([batch, height, width * channels])]),
  ]);
  const columns = graph.emit('MatMul', [
    mixing(2),
    graph.emit('Reshape', [rows, graph.integers([batch * result[1]!, width, channels])]),
  ]);
  return graph.emit('Reshape', [columns, graph.integers(result)]);
}

const resize =
  (rule: Rule): Lowering =>
  (graph, [images], node) =>
    resized(graph, images!, node, rule, [node.inputs[0]!.shape, node.outputs[0]!.shape], false);

const resizeGradient =
  (rule: Rule): Lowering =>
  (graph, inputs, node) => {
    const [dy, images] = ['dy', 'images'].map((name) => node.names.indexOf(name));
    const shapes = [node.inputs[images!]!.shape, node.inputs[dy!]!.shape] as const;
    return resized(graph, inputs[dy!]!, node, rule, shapes, true);
  };

export const resizingKernels: Record<string, Lowering> = {
  ResizeBilinear: resize(bilinear),
  ResizeBilinearGrad: resizeGradient(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: resizeGradient(nearest),
};
