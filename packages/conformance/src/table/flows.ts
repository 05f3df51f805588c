import type { Adjacency } from '@pushforward/conditioners';
import {
  graphical,
  iaf,
  maf,
  nsfAutoregressive,
  nsfCoupling,
  realNVP,
  umnnCoupling,
  umnnMaf,
} from '@pushforward/flows';
import { type FlowRow, type MapRow, scatter } from '../rows.js';
import { ALL, FAR, hidden, smooth } from './shared.js';

/** x_0 -> x_1 -> x_2 -> ... */
function chainOf(features: number): Adjacency {
  return Array.from({ length: features }, (_, i) =>
    Array.from({ length: features }, (_, j) => Number(j === i - 1)),
  );
}

/** From noise to data each number reads all before it. */
const CHAIN = [
  [1, 0, 0],
  [1, 1, 0],
  [1, 1, 1],
];

/** Laws made of them. */
export const flows: readonly FlowRow[] = [
  {
    name: 'realNVP',
    covers: ['realNVP'],
    build: (key, features, context = 0) =>
      realNVP(key, { features, context, transforms: 2, hidden }),
    leastFeatures: 2,
    isBounded: false,
  },
  {
    name: 'maf',
    covers: ['maf'],
    build: (key, features, context = 0) =>
      maf(key, { features, context, transforms: 3, hidden, activation: 'tanh' }),
    leastFeatures: 1,
    isBounded: false,
  },
  {
    name: 'iaf',
    covers: ['iaf'],
    build: (key, features, context = 0) => iaf(key, { features, context, transforms: 2, hidden }),
    leastFeatures: 1,
    isBounded: false,
  },
  {
    name: 'nsfCoupling',
    covers: ['nsfCoupling'],
    build: (key, features, context = 0) =>
      nsfCoupling(key, { features, context, transforms: 2, hidden }),
    leastFeatures: 2,
    isBounded: true,
  },
  {
    name: 'nsfAutoregressive',
    covers: ['nsfAutoregressive'],
    build: (key, features, context = 0) =>
      nsfAutoregressive(key, { features, context, transforms: 2, hidden }),
    leastFeatures: 1,
    isBounded: true,
  },
  {
    name: 'graphical',
    covers: ['graphical'],
    build: (key, features, context = 0) =>
      graphical(key, { features, context, graph: chainOf(features), transforms: 2, hidden }),
    leastFeatures: 1,
    isBounded: false,
    reads: CHAIN,
  },
  {
    name: 'graphical of splines, masked',
    covers: ['graphical'],
    build: (key, features, context = 0) =>
      graphical(key, {
        features,
        context,
        graph: chainOf(features),
        normalizer: 'spline',
        network: 'masked',
        activation: 'tanh',
        hidden,
      }),
    leastFeatures: 1,
    isBounded: true,
    reads: CHAIN,
  },
  {
    name: 'graphical of monotone networks',
    covers: ['graphical'],
    build: (key, features, context = 0) =>
      graphical(key, {
        features,
        context,
        graph: chainOf(features),
        normalizer: 'umnn',
        umnn: { ...smooth, steps: 40 },
        hidden,
      }),
    leastFeatures: 1,
    isBounded: false,
    reads: CHAIN,
  },
  {
    name: 'umnnMaf',
    covers: ['umnnMaf'],
    build: (key, features, context = 0) =>
      umnnMaf(key, { features, context, transforms: 1, hidden, umnn: { ...smooth, steps: 40 } }),
    leastFeatures: 1,
    isBounded: false,
  },
  {
    name: 'umnnCoupling',
    covers: ['umnnCoupling'],
    build: (key, features, context = 0) =>
      umnnCoupling(key, {
        features,
        context,
        transforms: 2,
        hidden,
        umnn: { ...smooth, steps: 40 },
      }),
    leastFeatures: 2,
    isBounded: false,
  },
  {
    name: 'nsfCoupling of couplings alone',
    covers: ['nsfCoupling'],
    build: (key, features, context = 0) => {
      const options = { features, context, transforms: 4, hidden };
      return nsfCoupling(key, { ...options, permutation: 'reverse', actNorm: false });
    },
    leastFeatures: 2,
    isBounded: true,
  },
];

/** The map of each flow, from noise to data. */
export const flowMaps: readonly MapRow[] = flows.map(
  ({ name, covers, build, reads = ALL }): MapRow => {
    const extremes = [...FAR.slice(1, -1), -5, 5];
    return {
      name: `the map of ${name}`,
      covers,
      build: (key) => scatter(build(key, 3, 2), key.foldIn(1), 0.3).bijector,
      features: 3,
      reads,
      extremes: { forward: extremes, inverse: extremes },
    };
  },
);
