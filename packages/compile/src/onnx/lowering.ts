import type { Node } from '../graph/program.js';
import type { OnnxGraph } from './model.js';

/** Writes a node: the names of its inputs in, those of its outputs out. */
export type Lowering = (
  graph: OnnxGraph,
  inputs: readonly string[],
  node: Node,
) => string | string[];
