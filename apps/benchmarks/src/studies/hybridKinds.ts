import {
  aphynity,
  dirac,
  type Expert,
  type HybridModel,
  hvae,
  hybrid,
  type RemainderBuilder,
  recurrentEncoder,
} from '@pushforward/hybrid';
import { MLP } from '@pushforward/nn';
import type { Key } from '@pushforward/tensors';
import { perceptron } from '@pushforward/vae';

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

/** A model of one expert, with one number z_a for what it does not know. */
export function hybridOf(
  key: Key,
  kind: HybridKind,
  expert: Expert,
  times: readonly number[],
  { memory, head, remainder, filter }: HybridSize,
): HybridModel {
  const parts = {
    ...{ expert, times, latent: 1, remainder: remainderOf(remainder) },
    encoder: recurrentEncoder({ hidden: memory, head }),
  };
  return kind === 'aphynity'
    ? hybrid(key, {
        ...{ ...parts, posterior: dirac },
        objective: aphynity({ lambda: 100, tau: 100, every: 5 }),
      })
    : hybrid(key, { ...parts, filter: perceptron(filter), objective: hvae() });
}

/** A perceptron that starts at zero. */
export function remainderOf(hidden: readonly number[]): RemainderBuilder {
  return (key, sizes) => new MLP(key, { ...sizes, hidden, activation: 'silu', lastScale: 0 });
}
