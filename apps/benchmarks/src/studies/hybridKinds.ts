import {
  aphynity,
  dirac,
  type EncoderBuilder,
  type Expert,
  type HvaeOptions,
  type HybridModel,
  hvae,
  hybrid,
  type RemainderBuilder,
  recurrentEncoder,
  type Solver,
} from '@pushforward/hybrid';
import { MLP } from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';
import { type NetworkBuilder, perceptron } from '@pushforward/vae';

/** How hybrid models are learned, and how they are called. */
export const hybridKinds = { aphynity: 'APHYNITY', hvae: 'HVAE' } as const;
export type HybridKind = keyof typeof hybridKinds;

/** Widths of the networks. */
export interface HybridSize {
  /** Numbers that the encoder remembers, and the layers behind. */
  readonly memory: number;
  readonly head: readonly number[];
  /** Layers of what is learned of the slope, and of the filter. */
  readonly remainder: readonly number[];
  readonly filter: readonly number[];
}

/** What models are made of beside their expert. */
export interface HybridNetworks {
  readonly encoder: EncoderBuilder;
  readonly remainder: RemainderBuilder;
  /** HVAE alone. */
  readonly filter: NetworkBuilder;
  /** HVAE alone: weights of its terms. */
  readonly weights?: HvaeOptions;
  /** APHYNITY alone: how much the fit counts at the start; 100 by default. */
  readonly lambda?: number;
  readonly solver?: Solver;
}

/** Networks of systems whose states are a few numbers. */
export function networksOf({ memory, head, remainder, filter }: HybridSize): HybridNetworks {
  return {
    encoder: recurrentEncoder({ hidden: memory, head }),
    remainder: remainderOf(remainder),
    filter: perceptron(filter),
  };
}

/** A model of one expert, with one number z_a for what it does not know. */
export function hybridOf(
  key: Key,
  kind: HybridKind,
  expert: Expert,
  times: readonly number[],
  { filter, weights, lambda = 100, ...networks }: HybridNetworks,
): HybridModel {
  const parts = { expert, times, latent: 1, ...networks };
  return kind === 'aphynity'
    ? hybrid(key, {
        ...{ ...parts, posterior: dirac },
        objective: aphynity({ lambda, tau: lambda, every: 5 }),
      })
    : hybrid(key, { ...parts, filter, objective: hvae(weights) });
}

/** A perceptron that starts at zero. */
export function remainderOf(hidden: readonly number[]): RemainderBuilder {
  return (key, sizes) => new MLP(key, { ...sizes, hidden, activation: 'silu', lastScale: 0 });
}
