import { type Key, OptionError } from '@pushforward/tensors';
import type { Activation } from './activations.js';
import { fanInUniform, scaled } from './initialisers.js';
import { Linear, type Mask, MaskedLinear } from './linear.js';

/** What a network of linear layers is made of. */
export interface NetworkOptions {
  /** Numbers in. */
  readonly inputs: number;
  /** Numbers out. */
  readonly outputs: number;
  /** Width of each hidden layer (of a residual network: of each block), from the inputs on. */
  readonly hidden: readonly number[];
  /** Between the layers; `'relu'` by default. */
  readonly activation?: Activation;
  /** Factor on the start of the last layer: 1 by default, 0 for a network that starts at zero. */
  readonly lastScale?: number;
  /** One mask `[outputs][inputs]` per linear layer, in order, for a network with fewer connections. */
  readonly masks?: readonly Mask[];
}

/** The names of all {@link NetworkOptions}. */
export const networkOptions = [
  'inputs',
  'outputs',
  'hidden',
  'activation',
  'lastScale',
  'masks',
] as const satisfies readonly (keyof NetworkOptions)[];

/**
 * One linear layer from each width to the next, masked where masks are given.
 *
 * @param scaleOf factor on the start of layer i
 * @throws OptionError for masks that are not one per layer and of its shape
 */
export function linearLayers(
  where: string,
  key: Key,
  widths: readonly number[],
  masks: readonly Mask[] | undefined,
  scaleOf: (i: number) => number,
): Linear[] {
  const count = widths.length - 1;
  if (masks !== undefined && masks.length !== count)
    throw new OptionError(
      `${where}: one mask per linear layer is needed, ${count} in all, got ${masks.length}.`,
    );
  return key.split(count).map((key, i) => {
    const start = scaled(fanInUniform, scaleOf(i));
    const options = { initialiser: start, bias: start };
    const [inputs, outputs] = [widths[i]!, widths[i + 1]!];
    const mask = masks?.[i];
    if (mask === undefined) return new Linear(key, inputs, outputs, options);
    if (mask.length !== outputs || mask[0]?.length !== inputs)
      throw new OptionError(
        `${where}: the mask of layer ${i} must be [${outputs}][${inputs}], ` +
          `got [${mask.length}][${mask[0]?.length ?? 0}].`,
      );
    return new MaskedLinear(key, mask, options);
  });
}
