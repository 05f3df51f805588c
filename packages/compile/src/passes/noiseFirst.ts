import type { Node, Program } from '../graph/program.js';

/**
 * What is made of draws and known numbers alone stands before all else.
 *
 * Of two operands ONNX Runtime computes first what was written last. Written where it is used, the noise of every step of a
 * sampler is scaled before the first step, and lies in memory until its own comes.
 */
export function withNoiseFirst(program: Program): Program {
  const noise = new Set(program.draws.map(({ value }) => value));
  const made: Node[] = [];
  const others: Node[] = [];
  for (const node of program.nodes) {
    const isNoise =
      node.inputs.some((input) => noise.has(input)) &&
      node.inputs.every((input) => noise.has(input) || input.source.kind === 'constant');
    (isNoise ? made : others).push(node);
    if (isNoise) for (const output of node.outputs) noise.add(output);
  }
  return { ...program, nodes: [...made, ...others] };
}
