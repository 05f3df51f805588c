import type { Names } from '../graph/names.js';
import type { Value } from '../graph/program.js';
import { carriedBy, isScan, isStacked, type Loop } from '../graph/turns.js';
import type { OnnxGraph, OnnxPort } from './model.js';

/**
 * Every loop is a scan: its state is what is carried, or sums; what it scans is stacked, and the rest it sees around it.
 *
 * @param write writes the nodes of the body
 */
export function scan(
  graph: OnnxGraph,
  names: Names<string>,
  loop: Loop,
  write: () => void,
): string[] {
  const { body, inputs, outputs } = loop;
  const portOf = ({ dtype, shape }: Value): OnnxPort => ({ name: graph.fresh(), dtype, shape });
  const carried = carriedBy(loop);
  const states = (isScan(loop) ? outputs.slice(0, carried) : outputs).map(portOf);
  const slices: OnnxPort[] = [];
  const stacks: string[] = [];
  for (const [i, argument] of body.arguments.entries()) {
    if (i < carried) names.set(argument, states[i]!.name);
    else if (isStacked(loop, i)) {
      slices.push(portOf(argument));
      stacks.push(names.of(inputs[i]!));
      names.set(argument, slices.at(-1)!.name);
    } else names.set(argument, names.of(inputs[i]!));
  }
  const attribute = graph.body([...states, ...slices], () => {
    write();
    return body.results.map((result, i) => {
      const name = names.of(result);
      return {
        ...portOf(result),
        // What is handed on may be what was handed in.
        name: isScan(loop)
          ? graph.emit('Identity', [name])
          : graph.emit('Add', [states[i]!.name, name]),
      };
    });
  });
  const starts = isScan(loop)
    ? inputs.slice(0, carried).map((input) => names.of(input))
    : outputs.map(({ dtype, shape }) =>
        graph.emit('Expand', [graph.scalar(0, dtype), graph.integers(shape)]),
      );
  return graph.emit(
    'Scan',
    [...starts, ...stacks],
    { body: attribute, num_scan_inputs: stacks.length },
    outputs.length,
  );
}
