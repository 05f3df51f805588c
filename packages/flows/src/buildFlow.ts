import type { Pushforward } from '@pushforward/distributions';
import { type Key, OptionError } from '@pushforward/tensors';
import { iaf, maf, realNVP } from './affine.js';
import type { AffineFlowOptions, SplineFlowOptions } from './options.js';
import { nsfAutoregressive, nsfCoupling } from './spline.js';

const flows = { realNVP, maf, iaf, nsfCoupling, nsfAutoregressive };

/** A flow in words: its name and its options, as plain data that a file can hold. */
export type FlowSpec =
  | Plain<
      {
        /** Its constructor. */
        flow: 'realNVP' | 'maf' | 'iaf';
      } & AffineFlowOptions
    >
  | Plain<
      {
        /** Its constructor. */
        flow: 'nsfCoupling' | 'nsfAutoregressive';
      } & SplineFlowOptions
    >;

/** The same fields as a plain object type, which JSON types accept. */
type Plain<T> = { readonly [K in keyof T]: T[K] };

/**
 * The flow that a specification describes: `buildFlow(key, { flow: 'maf', features: 2 })` is
 * `maf(key, { features: 2 })`.
 *
 * @throws OptionError or DomainError for a name, an option or a value that is unknown or outside its domain
 *
 * @example
 * ```ts
 * import { buildFlow, type FlowSpec } from '@pushforward/flows';
 * import { Key } from '@pushforward/tensors';
 * const spec: FlowSpec = { flow: 'nsfAutoregressive', features: 2, bins: 8 };
 * const flow = buildFlow(Key.from(1), spec);
 * ```
 */
export function buildFlow(key: Key, spec: FlowSpec): Pushforward {
  const { flow, ...options } = spec;
  if (!Object.hasOwn(flows, flow))
    throw new OptionError(
      `buildFlow: flow must be one of ${Object.keys(flows).join(', ')}, got ${flow}.`,
    );
  return flows[flow](key, options);
}
