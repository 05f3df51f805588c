import {
  ActNorm,
  type Bijector,
  chain,
  invert,
  LULinear,
  type Normalizer,
} from '@pushforward/bijectors';
import { Autoregressive, Coupling, Triangular } from '@pushforward/conditioners';
import { Key } from '@pushforward/tensors';
import { type FlowOptions, optionsOf, pick } from './options.js';

/** The transform at a place in a flow, 0 for the one next to the data. */
type Transform = (key: Key, index: number) => Bijector;

/**
 * A flow's steps from data to noise: its transforms, and what its options put before each.
 *
 * @param inverted whether the transforms, and the linear maps that go with them, are undone instead of done
 */
export function steps(
  key: Key,
  options: FlowOptions & { readonly transforms: number },
  transform: Transform,
  inverted = false,
): Bijector {
  const { features, transforms, permutation = 'lu', actNorm = true } = options;
  return chain(
    key.split(transforms).flatMap((key, index) => {
      const linear = permutation === 'lu' ? [new LULinear(features)] : [];
      const maps = [...linear, transform(key, index)];
      return [
        ...(actNorm ? [new ActNorm(features)] : []),
        ...(inverted ? maps.reverse().map(invert) : maps),
      ];
    }),
  );
}

/** Each dimension reads those before it, in the order of the place. */
export function autoregressive(options: FlowOptions, normalizer: Normalizer): Transform {
  return (key, index) =>
    new Triangular(
      new Autoregressive(key, {
        ...network(options, normalizer),
        features: options.features,
        order: orderOf(options, index),
      }),
      normalizer,
    );
}

/** Half of the dimensions, the first in the order of the place, are read by the others. */
export function coupling(options: FlowOptions, normalizer: Normalizer): Transform {
  return (key, index) => {
    // Of an odd number the larger and the smaller half take turns, so that each pair transforms every dimension once.
    const half = (options.features + ((index + 1) % 2)) >> 1;
    const mask = orderOf(options, index).map((position) => Number(position < half));
    return new Triangular(new Coupling(key, { ...network(options, normalizer), mask }), normalizer);
  };
}

/** What the conditioners of a flow have in common. */
export function network(
  options: Omit<FlowOptions, 'permutation'>,
  normalizer: Pick<Normalizer, 'parameterCount'>,
) {
  const width = Math.max(64, 2 * options.features);
  return {
    ...pick(options, optionsOf.conditioner),
    hidden: options.hidden ?? [width, width],
    parameters: normalizer.parameterCount,
  };
}

/** `order[i]`, the position of dimension i: the places come in pairs, the second with the order of the first reversed. */
function orderOf({ features, permutation }: FlowOptions, index: number): number[] {
  const first =
    permutation === 'random'
      ? [...Key.from(index >> 1).permutation(features)]
      : Array.from({ length: features }, (_, i) => i);
  return index % 2 === 0 ? first : first.map((position) => features - 1 - position);
}
