import type { Estimate } from '@pushforward/metrics';
import { advantage, estimate } from './score.js';
import type { Scores } from './study.js';

/** A model with its mean test log-likelihood, and by how much the flow exceeds it on the same rows. */
export interface Standing {
  readonly model: keyof Scores;
  readonly score: Estimate;
  readonly advantage: Estimate | undefined;
}

/** Where the models stand: the flow first. */
export function standings(scores: Scores): Standing[] {
  return (['flow', 'kernel', 'gaussian'] as const).map((model) => ({
    model,
    score: estimate(scores[model]),
    advantage: model === 'flow' ? undefined : advantage(scores.flow, scores[model]),
  }));
}

/** Whether the flow's mean is above that of every baseline. */
export function beatsBaselines(scores: Scores): boolean {
  return standings(scores).every(({ advantage }) => advantage === undefined || advantage.mean > 0);
}
