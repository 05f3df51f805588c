import { arithmeticCircuit } from './arithmeticCircuit.js';
import { eightPairs } from './eightPairs.js';
import type { GraphLaw } from './graphLaw.js';
import { tree } from './tree.js';

/** The name of a synthetic law with a network. */
export type GraphLawName = 'arithmeticCircuit' | 'eightPairs' | 'tree';

/** The synthetic laws with their networks, by name. */
export const graphLaws: Readonly<Record<GraphLawName, GraphLaw>> = {
  arithmeticCircuit,
  eightPairs,
  tree,
};
