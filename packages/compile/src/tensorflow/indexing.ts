/** Kernels that take from places, and put to places, that are known when the program runs. */
import type { Lowering, Output } from './graph.js';

const INDEX = { type: 'int32' } as const;

export const indexingKernels: Record<string, Lowering> = {
  TopK: (graph, [x], node) => {
    const k = graph.scalar(node.attributes.k as number, 'int32');
    const { name, type } = graph.typed('TopKV2', [x!, k], { sorted: true });
    return [
      { name, type },
      { name: `${name}:1`, type: 'int32' },
    ];
  },
  GatherNd: (graph, [x, indices]) =>
    graph.emit('GatherNd', [x!, indices!], {
      attributes: { Tparams: { type: x!.type }, Tindices: INDEX },
    }),
  ScatterNd: (graph, [indices, updates], node) =>
    graph.emit('ScatterNd', [indices!, updates!, graph.integers(node.outputs[0]!.shape)], {
      attributes: { T: { type: updates!.type }, Tindices: INDEX },
      type: updates!.type,
    }),
  TensorScatterUpdate: (graph, inputs) =>
    graph.typed('TensorScatterUpdate', inputs, { Tindices: INDEX }),
  UnsortedSegmentSum: (graph, [x, ids], node) => {
    const count = graph.scalar(node.attributes.numSegments as number, 'int32');
    return graph.typed('UnsortedSegmentSum', [x!, ids!, count], {
      Tindices: INDEX,
      Tnumsegments: INDEX,
    });
  },
  GatherV2: (graph, [x, indices], node) =>
    graph.emit('GatherV2', [x!, indices!, graph.scalar(node.attributes.axis as number, 'int32')], {
      attributes: {
        batch_dims: (node.attributes.batchDims as number | undefined) ?? 0,
        Tparams: { type: x!.type },
        Tindices: INDEX,
        Taxis: INDEX,
      },
    }),
  OneHot: (graph, [indices], node) => {
    const { dtype } = node.outputs[0]!;
    const { depth, onValue, offValue } = node.attributes as Record<string, number>;
    const numbers: Output[] = [
      graph.scalar(depth!, 'int32'),
      graph.scalar(onValue!, dtype),
      graph.scalar(offValue!, dtype),
    ];
    const attributes = { T: { type: dtype }, TI: INDEX, axis: -1 };
    return graph.emit('OneHot', [indices!, ...numbers], { attributes, type: dtype });
  },
};
