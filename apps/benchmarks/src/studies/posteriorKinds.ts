import { chain, invert, Planar, Sylvester, type SylvesterOptions } from '@pushforward/bijectors';
import { iaf, type UMNNFlowOptions, umnnMaf } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { diagonalNormal, type Family, flowPosterior } from '@pushforward/vae';

/** Posteriors of auto-encoders, by what their noise goes through. */
export const posteriorKinds = {
  plain: 'VAE',
  planar: 'planar',
  iaf: 'IAF',
  sylvester: 'Sylvester',
  umnn: 'UMNN-MAF',
} as const;

export type PosteriorKind = keyof typeof posteriorKinds;

/** Of each kind of posterior. */
export type ByKind<T> = Readonly<Record<PosteriorKind, T>>;

export const kinds = Object.keys(posteriorKinds) as PosteriorKind[];

/** Found of each kind in turn. */
export async function ofEachKind<T>(find: (kind: PosteriorKind) => Promise<T>): Promise<ByKind<T>> {
  const found: [PosteriorKind, T][] = [];
  for (const kind of kinds) found.push([kind, await find(kind)]);
  return Object.fromEntries(found) as ByKind<T>;
}

/** What flows of posteriors are made of. */
export interface PosteriorSize {
  /** Numbers of the encoder that each flow reads beside those that select its noise. */
  readonly context: number;
  /** Maps of each kind. */
  readonly planar: number;
  readonly sylvester: number;
  readonly iaf: number;
  readonly umnn: number;
  /** What a Sylvester map turns by. */
  readonly turn: Pick<SylvesterOptions, 'basis' | 'rank' | 'reflections'>;
  /** Layers of the autoregressive ones. */
  readonly hidden: readonly number[];
  readonly network: NonNullable<UMNNFlowOptions['umnn']>;
}

/** The family of posteriors of so many latents. */
export function posteriorOf(
  key: Key,
  kind: PosteriorKind,
  latent: number,
  size: PosteriorSize,
): Family {
  const { context, hidden } = size;
  const sizes = { features: latent, context };
  const keys = key.split(size[kind === 'plain' ? 'planar' : kind]);
  const steps = { ...sizes, hidden, permutation: 'reverse', actNorm: false } as const;
  switch (kind) {
    case 'plain':
      return diagonalNormal(latent);
    case 'planar':
      return flowPosterior(latent, chain(keys.map((key) => new Planar(key, sizes))));
    case 'sylvester': {
      const maps = keys.map((key) => new Sylvester(key, { ...sizes, ...size.turn }));
      return flowPosterior(latent, chain(maps));
    }
    case 'iaf':
      return flowPosterior(latent, iaf(key, { ...steps, transforms: size.iaf }).bijector);
    case 'umnn': {
      // The fast direction of the flow is from its data, which are the noise here.
      const flow = umnnMaf(key, { ...steps, transforms: size.umnn, umnn: size.network });
      return flowPosterior(latent, invert(flow.bijector));
    }
  }
}
