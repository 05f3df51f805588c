import type { Names } from '../graph/names.js';
import type { Value } from '../graph/program.js';
import { isStacked, type Loop } from '../graph/turns.js';
import type { OnnxGraph, OnnxPort } from './model.js';

/**
 * A sum in turns is a scan: its state is the sums, what it scans is stacked, and the rest it sees around it.
 *
 * @param write writes the nodes of the body
 * @returns the sums
 */
export function scan(
  graph: OnnxGraph,
  names: Names<string>,
  loop: Loop,
  write: () => void,
): string[] {
  const { body, inputs, outputs } = loop;
  const portOf = ({ dtype, shape }: Value): OnnxPort => ({ name: graph.fresh(), dtype, shape });
  const sums = outputs.map(portOf);
  const slices: OnnxPort[] = [];
  const stacks: string[] = [];
  for (const [i, argument] of body.arguments.entries()) {
    if (isStacked(loop, i)) {
      slices.push(portOf(argument));
      stacks.push(names.of(inputs[i]!));
      names.set(argument, slices.at(-1)!.name);
    } else names.set(argument, names.of(inputs[i]!));
  }
  const attribute = graph.body([...sums, ...slices], () => {
    write();
    return sums.map((sum, i) => ({
      ...sum,
      name: graph.emit('Add', [sum.name, names.of(body.results[i]!)]),
    }));
  });
  const zeros = outputs.map(({ dtype, shape }) =>
    graph.emit('Expand', [graph.scalar(0, dtype), graph.integers(shape)]),
  );
  return graph.emit(
    'Scan',
    [...zeros, ...stacks],
    { body: attribute, num_scan_inputs: stacks.length },
    outputs.length,
  );
}
