import type { Adjacency, EdgeList } from '@pushforward/conditioners';
import type { Pushforward } from '@pushforward/distributions';
import { type Key, OptionError } from '@pushforward/tensors';
import { iaf, maf, realNVP } from './affine.js';
import { type GraphicalFlowOptions, graphical } from './graphical.js';
import type { AffineFlowOptions, Plain, SplineFlowOptions, UMNNFlowOptions } from './options.js';
import { nsfAutoregressive, nsfCoupling } from './spline.js';
import { umnnCoupling, umnnMaf } from './umnn.js';

const flows = {
  realNVP,
  maf,
  iaf,
  nsfCoupling,
  nsfAutoregressive,
  umnnMaf,
  umnnCoupling,
  graphical,
};

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
    >
  | Plain<
      {
        /** Its constructor. */
        flow: 'umnnMaf' | 'umnnCoupling';
      } & UMNNFlowOptions
    >
  | Plain<GraphicalFlowSpec>;

/** A graphical flow in words: its graph is a matrix or a list of edges, and its normalizer has a name. */
interface GraphicalFlowSpec extends Omit<GraphicalFlowOptions, 'graph' | 'normalizer'> {
  /** Its constructor. */
  readonly flow: 'graphical';
  /** Which number is generated from which. */
  readonly graph: Adjacency | EdgeList;
  /** The family of monotone maps. */
  readonly normalizer?: 'affine' | 'spline' | 'umnn';
}

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
  return (flows[flow] as (key: Key, options: object) => Pushforward)(key, options);
}
