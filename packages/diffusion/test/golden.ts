import type { GoldenRecord } from '@pushforward/testing';
import { cosineBetas, linearBetas, type Schedule, scaledLinearBetas } from '../src/index.js';

/** The schedule of a case of the golden values. */
export function goldenSchedule(params: GoldenRecord): Schedule {
  const kind = params.text('kind');
  const steps = params.number('T');
  if (kind === 'cosine')
    return cosineBetas({ steps, offset: params.number('s'), largest: params.number('max_beta') });
  const betas = kind === 'linear' ? linearBetas : scaledLinearBetas;
  return betas({ steps, start: params.number('beta_start'), end: params.number('beta_end') });
}
