import type { Estimate } from '@pushforward/metrics';
import type { Check, Row } from './result.js';

/** Claims that an estimate is above nothing by more than three standard errors. */
export function above(claim: string, { mean, standardError }: Estimate, unit?: string): Check {
  const threshold = 3 * standardError;
  return {
    claim: `${claim}, by more than three standard errors${unit ? `, in ${unit}` : ''}`,
    ...{ value: mean, threshold, holds: mean > threshold },
  };
}

/** A row of which the literature has no figure. */
export function unpublishedRow(
  label: string,
  metric: string,
  found: number | { mean: number; standardError: number | null },
  note: string,
): Row {
  const [value, standardError] =
    typeof found === 'number' ? [found, null] : [found.mean, found.standardError];
  return {
    ...{ label, metric, value, standardError },
    ...{ published: null, publishedError: null, comparable: false, note },
  };
}
