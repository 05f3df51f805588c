import { chain, invert, Planar, Radial, Reverse, Sylvester } from '@pushforward/bijectors';
import { iaf, nsfAutoregressive, nsfCoupling, umnnMaf } from '@pushforward/flows';
import { Key, type Module } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Family, flowPosterior } from '../src/index.js';

const [features, context] = [2, 3];
const keys = Key.from(6).split(2);
const sizes = { features, context };
const flow = { ...sizes, transforms: 2, hidden: [6], activation: 'tanh' } as const;
const umnn = {
  hidden: [6],
  embedding: 3,
  steps: 12,
  activation: 'tanh',
  positive: 'softplus',
} as const;

/** A posterior of every kind of flow, of two numbers, with a context of three. */
export const flowPosteriors: Record<string, () => Family> = {
  planar: () => flowPosterior(features, chain(keys.map((key) => new Planar(key, sizes)))),
  radial: () => flowPosterior(features, chain(keys.map((key) => new Radial(key, sizes)))),
  'Sylvester of orthogonal columns': () =>
    flowPosterior(features, chain(keys.map((key) => new Sylvester(key, { ...sizes, rank: 1 })))),
  'Sylvester of reflections': () =>
    flowPosterior(
      features,
      chain(keys.map((key) => new Sylvester(key, { ...sizes, basis: 'householder' }))),
    ),
  'Sylvester of triangles': () =>
    flowPosterior(
      features,
      chain(
        keys.flatMap((key) => [
          new Sylvester(key, { ...sizes, basis: 'triangular' }),
          new Reverse(features),
        ]),
      ),
    ),
  'planar, the same for all x': () => flowPosterior(features, new Planar(keys[0], { features })),
  'inverse autoregressive': () => flowPosterior(features, iaf(keys[0], flow).bijector),
  'splines in couplings': () => flowPosterior(features, nsfCoupling(keys[0], flow).bijector),
  'autoregressive splines': () =>
    flowPosterior(features, invert(nsfAutoregressive(keys[0], flow).bijector)),
  'monotone networks': () =>
    flowPosterior(features, invert(umnnMaf(keys[0], { ...flow, umnn }).bijector)),
};

/** With noise on every weight, as those that start at zero or as the identity hide mistakes. */
export function scattered<M extends Module>(module: M, size = 0.3): M {
  for (const [i, weight] of module.parameters().entries())
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(size, Key.from(40 + i).normal(weight.shape))));
    });
  return module;
}
