import {
  ActNorm,
  Affine,
  type Bijector,
  chain,
  Exp,
  invert,
  Logit,
  LULinear,
  Permute,
  Planar,
  Radial,
  Reverse,
  Sigmoid,
  Softplus,
  Sylvester,
  type SylvesterOptions,
  Tanh,
} from '@pushforward/bijectors';
import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type MapRow, scatter } from '../rows.js';
import { ALL, ALONE, FAR, LINE, UNIT } from './shared.js';

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

/** Maps that numbers select, which are weights or depend on a context. */
const selected: Record<
  string,
  Pick<MapRow, 'covers' | 'build'> & Partial<Pick<MapRow, 'reads' | 'extremes'>>
> = {
  Planar: { covers: ['Planar'], build: (key) => new Planar(key, { features: 3 }) },
  Radial: {
    covers: ['Radial'],
    build: (key) => new Radial(key, { features: 3, context: 2 }),
    // Its distances are squared.
    extremes: { forward: FAR.slice(1, -1), inverse: FAR.slice(1, -1) },
  },
  'Sylvester of orthogonal columns with context': sylvester({ rank: 2, context: 2 }),
  'Sylvester of reflections': sylvester({ basis: 'householder' }),
  'Sylvester of triangles': {
    ...sylvester({ basis: 'triangular' }),
    reads: [
      [1, 1, 1],
      [0, 1, 1],
      [0, 0, 1],
    ],
  },
};

function sylvester(options: Omit<SylvesterOptions, 'features'>): Pick<MapRow, 'covers' | 'build'> {
  return { covers: ['Sylvester'], build: (key) => new Sylvester(key, { features: 3, ...options }) };
}

/** Bijectors that take no network. */
export const bijectors: readonly MapRow[] = [
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
  ...Object.entries(selected).map(([name, { build, ...row }]) => ({
    name,
    build: (key: Key) => scatter(build(key), key.foldIn(1)),
    features: 3,
    reads: ALL,
    extremes: LINE,
    ...row,
  })),
];
