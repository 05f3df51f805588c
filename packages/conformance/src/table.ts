/** Every bijector, every pair of a normalizer and a conditioner, every flow. What is added to the packages is added here. */
import {
  ActNorm,
  Affine,
  AffineNormalizer,
  type Bijector,
  chain,
  Exp,
  invert,
  Logit,
  LULinear,
  type Normalizer,
  Permute,
  RationalQuadraticSpline,
  Reverse,
  Sigmoid,
  Softplus,
  Tanh,
  UMNN,
} from '@pushforward/bijectors';
import {
  type Adjacency,
  Autoregressive,
  type Conditioner,
  Coupling,
  Graphical,
  Triangular,
} from '@pushforward/conditioners';
import {
  graphical,
  iaf,
  maf,
  nsfAutoregressive,
  nsfCoupling,
  realNVP,
  umnnMaf,
} from '@pushforward/flows';
import { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type FlowRow, type MapRow, scatter } from './rows.js';

/** Hidden layers of every network. */
const hidden = [8, 8];

const ALONE = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const ALL = [
  [1, 1, 1],
  [1, 1, 1],
  [1, 1, 1],
];
const FAR = [-1e30, -1e4, -100, 0, 100, 1e4, 1e30];
const LINE = { forward: FAR, inverse: FAR };
/** Next to 0 and 1. */
const UNIT = [1e-30, 0.5, 1 - 2 ** -24];

type Elementwise = Pick<MapRow, 'name' | 'extremes'> &
  Partial<MapRow> & { readonly make: () => Bijector };

const elementwise: Elementwise[] = [
  {
    name: 'Affine',
    make: () => new Affine(tf.tensor1d([0.5, -3, 0]), tf.tensor1d([2, -0.25, 1])),
    extremes: { forward: [-1e30, 0, 1e30], inverse: [-1e30, 0, 1e30] },
  },
  {
    name: 'Exp',
    make: () => new Exp(),
    extremes: { forward: [-80, 0, 80], inverse: [1e-30, 1, 1e30] },
  },
  {
    name: 'Sigmoid',
    make: () => new Sigmoid(),
    domain: [-6, 6],
    extremes: { forward: FAR, inverse: UNIT },
  },
  {
    name: 'Logit',
    make: () => new Logit(),
    domain: [0.01, 0.99],
    extremes: { forward: UNIT, inverse: FAR },
  },
  {
    name: 'Softplus',
    make: () => new Softplus(),
    extremes: { forward: FAR, inverse: [1e-30, 1, 1e30] },
  },
  {
    name: 'Tanh',
    make: () => new Tanh(),
    // Beyond, the slope 1 - y^2 that the Jacobian is made of has few digits left.
    domain: [-3, 3],
    extremes: { forward: FAR, inverse: [-1 + 2 ** -24, 0, 1 - 2 ** -24] },
  },
];

const vectors: (Pick<MapRow, 'name' | 'reads'> &
  Partial<MapRow> & { readonly make: () => Bijector })[] = [
  { name: 'ActNorm', make: () => new ActNorm(3), reads: ALONE },
  { name: 'LULinear', make: () => new LULinear(3), reads: ALL },
  {
    name: 'Permute',
    make: () => new Permute([2, 0, 1]),
    reads: [
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ],
  },
  {
    name: 'Reverse',
    make: () => new Reverse(3),
    reads: [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ],
  },
  {
    name: 'chain',
    make: () => chain([new Affine(1, -0.5), new ActNorm(3), new Softplus(), new Reverse(3)]),
    reads: [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ],
    extremes: { forward: FAR.slice(1, -1), inverse: [1e-30, 1, 1e30] },
  },
  {
    name: 'invert',
    make: () => invert(new LULinear(3)),
    reads: ALL,
  },
];

/** With kinks the slope of the quadrature would be the integrand to four or five digits only. */
const smooth = { embedding: 3, hidden: [6], activation: 'tanh', positive: 'softplus' } as const;

const normalizers: Record<string, { make: () => Normalizer; edges: number[] }> = {
  AffineNormalizer: { make: () => new AffineNormalizer(), edges: [] },
  // At h = 0 the knots are at multiples of 1.25; whatever h is, the ends stay at -5 and 5.
  RationalQuadraticSpline: {
    make: () => new RationalQuadraticSpline(),
    edges: [-5, -5 - 2 ** -21, -5 + 2 ** -21, -1.25, 1.25, 5, 5 - 2 ** -21, 5 + 2 ** -21],
  },
  UMNN: {
    make: () => new UMNN(Key.from(7), { ...smooth, steps: 60 }),
    edges: [-10, 10, -10 - 2 ** -19, 10 + 2 ** -19],
  },
};

interface Conditioning {
  readonly covers: string;
  readonly make: (key: Key, parameters: number) => Conditioner;
  /** Parents of each dimension. */
  readonly graph: Adjacency;
}

const conditioners: Record<string, Conditioning> = {
  Autoregressive: {
    covers: 'Autoregressive',
    make: (key, parameters) => new Autoregressive(key, { features: 3, parameters, hidden }),
    graph: [
      [0, 0, 0],
      [1, 0, 0],
      [1, 1, 0],
    ],
  },
  'Autoregressive in another order, with context': {
    covers: 'Autoregressive',
    make: (key, parameters) =>
      new Autoregressive(key, { features: 3, parameters, hidden, order: [1, 2, 0], context: 2 }),
    graph: [
      [0, 0, 1],
      [1, 0, 1],
      [0, 0, 0],
    ],
  },
  'Autoregressive along a graph': {
    covers: 'Autoregressive',
    make: (key, parameters) =>
      new Autoregressive(key, {
        features: 3,
        parameters,
        hidden,
        adjacency: [
          [0, 0, 1],
          [0, 0, 1],
          [0, 0, 0],
        ],
      }),
    graph: [
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 0],
    ],
  },
  Graphical: {
    covers: 'Graphical',
    make: (key, parameters) =>
      new Graphical(key, {
        features: 3,
        parameters,
        hidden,
        graph: {
          edges: [
            [2, 0],
            [0, 1],
          ],
        },
      }),
    graph: [
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
    ],
  },
  'Graphical with context': {
    covers: 'Graphical',
    make: (key, parameters) =>
      new Graphical(key, {
        features: 3,
        parameters,
        hidden,
        graph: {
          edges: [
            ['b', 'a'],
            ['c', 'a'],
          ],
        },
        nodes: ['a', 'b', 'c'],
        context: 2,
        activation: 'silu',
      }),
    graph: [
      [0, 1, 1],
      [0, 0, 0],
      [0, 0, 0],
    ],
  },
  Coupling: {
    covers: 'Coupling',
    make: (key, parameters) => new Coupling(key, { mask: [0, 1, 1], parameters, hidden }),
    graph: [
      [0, 1, 1],
      [0, 0, 0],
      [0, 0, 0],
    ],
  },
  'Coupling with context': {
    covers: 'Coupling',
    make: (key, parameters) =>
      new Coupling(key, { mask: [0, 1, 0], parameters, hidden, context: 2, activation: 'silu' }),
    graph: [
      [0, 1, 0],
      [0, 0, 0],
      [0, 1, 0],
    ],
  },
};

const triangular = Object.entries(normalizers).flatMap(([normalizer, family]) =>
  Object.entries(conditioners).map(([conditioner, { covers, make, graph }]): MapRow => {
    const extremes = [...FAR.slice(1, -1), ...family.edges];
    return {
      name: `Triangular of ${normalizer} and ${conditioner}`,
      covers: ['Triangular', normalizer, covers],
      build: (key) => {
        const map = family.make();
        return scatter(new Triangular(make(key, map.parameterCount), map), key.foldIn(1));
      },
      features: 3,
      reads: graph.map((row, i) => row.map((read, j) => (i === j ? 1 : read))),
      extremes: { forward: extremes, inverse: extremes },
    };
  }),
);

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
      umnnMaf(key, { features, context, transforms: 2, hidden, umnn: { ...smooth, steps: 40 } }),
    leastFeatures: 1,
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
const flowMaps = flows.map(({ name, covers, build, reads = ALL }): MapRow => {
  const extremes = [...FAR.slice(1, -1), -5, 5];
  return {
    name: `the map of ${name}`,
    covers,
    build: (key) => scatter(build(key, 3, 2), key.foldIn(1), 0.3).bijector,
    features: 3,
    reads,
    extremes: { forward: extremes, inverse: extremes },
  };
});

/** Bijectors, alone and composed. */
export const maps: readonly MapRow[] = [
  ...elementwise.map(({ make, ...row }) => ({
    covers: [row.name],
    build: make,
    features: 3,
    reads: ALONE,
    ...row,
  })),
  ...vectors.map(({ make, ...row }) => ({
    covers: [row.name],
    build: (key: Key) => scatter(make(), key),
    features: 3,
    extremes: LINE,
    ...row,
  })),
  ...triangular,
  ...flowMaps,
];
