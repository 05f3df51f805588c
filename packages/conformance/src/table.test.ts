import * as bijectors from '@pushforward/bijectors';
import * as conditioners from '@pushforward/conditioners';
import * as flowConstructors from '@pushforward/flows';
import { describe, expect, it } from 'vitest';
import { flows, maps } from './table.js';

/**
 * What is no constructor of a map: contracts, kernels, tools for graphs, learners of them, and the door to saved
 * configurations.
 */
const others = [
  'Bijector',
  'Normalizer',
  'MonotoneNetwork',
  'Conditioner',
  'rationalQuadraticSpline',
  'inverseRationalQuadraticSpline',
  'acyclicity',
  'adjacencyOf',
  'autoregressiveAdjacency',
  'BayesianNetwork',
  'bayesianNetwork',
  'blockAdjacency',
  'couplingAdjacency',
  'checkAdjacency',
  'depthOf',
  'findCycle',
  'levels',
  'parentsOf',
  'topologicalOrder',
  'LearnedGraph',
  'LearnedGraphical',
  'GraphLearner',
  'learnGraph',
  'structuralHammingDistance',
  'toDot',
  'toSvg',
  'buildFlow',
];

describe('the table', () => {
  const exported = [bijectors, conditioners, flowConstructors].flatMap((module) =>
    Object.keys(module),
  );
  const covered = [...maps, ...flows].flatMap((row) => row.covers);

  it('has a row for every export of bijectors, conditioners and flows, but those named here', () => {
    expect(exported.filter((name) => !covered.includes(name)).sort()).toEqual([...others].sort());
  });

  it('names nothing that is not exported', () => {
    expect(covered.filter((name) => !exported.includes(name))).toEqual([]);
  });
});
