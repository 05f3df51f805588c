import type { Conditioner } from '@pushforward/conditioners';
import type { Key } from '@pushforward/tensors';

/** Makes a conditioner once its sizes are known: D numbers, M parameters for each, and a context that it may read. */
export type ConditionerBuilder = (
  key: Key,
  sizes: { readonly features: number; readonly parameters: number; readonly context: number },
) => Conditioner;
