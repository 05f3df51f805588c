import { checkCount, DomainError } from '@pushforward/tensors';

/**
 * The factor by which the learning rate is multiplied.
 *
 * A schedule is a function of the steps done, from 0, and of the steps planned; schedules are built from one another
 * by calling them: `warmUp(500, cosine())`.
 */
export type Schedule = (step: number, steps: number) => number;

/** 1 throughout. */
export function constant(): Schedule {
  return () => 1;
}

/**
 * Half a cosine from 1 down to `final`: final + (1 - final) (1 + cos(pi t)) / 2 with t the part of the run that is done.
 *
 * Source: Loshchilov and Hutter, arXiv:1608.03983, eq. 5, without restarts.
 *
 * @param final in [0, 1]
 * @throws DomainError for any other number
 */
export function cosine(final = 0): Schedule {
  if (!(final >= 0 && final <= 1))
    throw new DomainError(`cosine: the final factor must be in [0, 1], got ${final}.`);
  return (step, steps) => final + ((1 - final) * (1 + Math.cos(Math.PI * part(step, steps)))) / 2;
}

/**
 * Exponential decay from 1 down to `final`: final^t with t the part of the run that is done.
 *
 * @param final in (0, 1]
 * @throws DomainError for any other number
 */
export function exponential(final: number): Schedule {
  if (!(final > 0 && final <= 1))
    throw new DomainError(`exponential: the final factor must be in (0, 1], got ${final}.`);
  return (step, steps) => final ** part(step, steps);
}

/**
 * A straight rise to 1 over the first `warm` steps, then `schedule` over those that remain.
 *
 * @param warm integer >= 1; the first step has the factor 1 / warm
 * @throws DomainError for any other number
 */
export function warmUp(warm: number, schedule: Schedule = constant()): Schedule {
  checkCount('warmUp', 'the number of steps', warm, 1);
  return (step, steps) =>
    step < warm ? (step + 1) / warm : schedule(step - warm, Math.max(1, steps - warm));
}

function part(step: number, steps: number): number {
  return Math.min(1, step / steps);
}
