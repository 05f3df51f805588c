import { checkOptions } from '@pushforward/tensors';
import type { ParameterRange } from '../expert.js';

/** Ranges to take in place of those that a system has by default. */
export type Ranges<P extends string> = Readonly<
  Partial<Record<P, Pick<ParameterRange, 'min' | 'max'>>>
>;

/** The default ranges and units, and other ranges where they are given. */
export function withRanges<P extends string>(
  where: string,
  defaults: Readonly<Record<P, ParameterRange>>,
  ranges: Ranges<string> = {},
): Record<P, ParameterRange> {
  const entries = Object.entries<ParameterRange>(defaults);
  checkOptions(
    `${where}: ranges`,
    ranges,
    entries.map(([name]) => name),
  );
  return Object.fromEntries(
    entries.map(([name, range]) => [name, { ...range, ...ranges[name] }]),
  ) as Record<P, ParameterRange>;
}
