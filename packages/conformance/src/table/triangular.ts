import {
  AffineNormalizer,
  type Normalizer,
  RationalQuadraticSpline,
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
import { Key } from '@pushforward/tensors';
import { type MapRow, scatter } from '../rows.js';
import { FAR, hidden, smooth } from './shared.js';

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

/** Every normalizer with every conditioner. */
export const triangular: readonly MapRow[] = Object.entries(normalizers).flatMap(
  ([normalizer, family]) =>
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
