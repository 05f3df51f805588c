import { type Distribution, Independent } from '@pushforward/distributions';
import { OptionError } from '@pushforward/tensors';
import { Nearest } from '../laws/nearest.js';
import { Smoothed } from '../priors/smoothed.js';

/** Throws an OptionError unless a posterior learns by gradients through its draws. */
export function checkDraws(where: string, q: Distribution): void {
  if (!q.reparameterised)
    throw new OptionError(
      `${where}: gradients must go through the draws of the posterior, and those of ${nameOf(q)} carry none; ` +
        'take leaveOneOut() or wakeSleep(), or relaxed latents.',
    );
}

/** Throws an OptionError where gradients through draws z miss what densities do at them. */
export function checkDensities(where: string, q: Distribution): void {
  if (q instanceof Smoothed)
    throw new OptionError(
      `${where}: log q(z) and log p(z) of smoothed units jump where a unit goes on, which no gradient through draws sees; ` +
        "take elbo() without a form, and a prior of the same sharpness, whose divergence is the units' own, or leaveOneOut().",
    );
}

/** Throws an OptionError unless a posterior learns by the gradient of log q(z) at given z. */
export function checkScores(where: string, q: Distribution): void {
  if (q instanceof Nearest)
    throw new OptionError(
      `${where}: a vectorQuantised posterior is certain of its codes, so that log q(z) tells it nothing; take elbo().`,
    );
}

function nameOf(law: Distribution): string {
  return law instanceof Independent ? nameOf(law.law) : law.constructor.name;
}
