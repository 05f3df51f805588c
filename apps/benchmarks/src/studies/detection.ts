import type { Estimate } from '@pushforward/metrics';
import { advantage, estimate } from './score.js';

/** Scores of rows that are to be told apart: larger is more unusual. */
export interface Scores {
  readonly unusual: readonly number[];
  readonly usual: readonly number[];
}

/**
 * The area under the ROC curve, the chance that an unusual row has the larger score, with its standard error.
 *
 * Source of the standard errors here: DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more
 * correlated receiver operating characteristic curves", Biometrics 44, 1988.
 */
export function areaUnderRoc(scores: Scores): Estimate {
  const { unusual, usual } = placements(scores);
  return together(estimate(unusual), estimate(usual));
}

/** By how much the area of one score exceeds that of another on the same rows. */
export function areaAdvantage(one: Scores, other: Scores): Estimate {
  const [a, b] = [placements(one), placements(other)];
  return together(advantage(a.unusual, b.unusual), advantage(a.usual, b.usual));
}

/** The ROC curve: the shares of usual and of unusual rows above each of so many thresholds. */
export function rocCurve({ unusual, usual }: Scores, points = 200): { x: number; y: number }[] {
  const thresholds = [...usual].sort((a, b) => b - a);
  const [high, sorted] = [[...unusual].sort((a, b) => a - b), [...usual].sort((a, b) => a - b)];
  return Array.from({ length: points + 1 }, (_, i) => {
    const threshold = thresholds[Math.ceil((i / points) * (usual.length - 1))]!;
    return {
      x: 1 - below(sorted, threshold) / usual.length,
      y: 1 - below(high, threshold) / unusual.length,
    };
  });
}

/** For each row the share of the other kind that it stands on the right side of; ties count half. */
function placements({ unusual, usual }: Scores): Scores {
  const [high, low] = [unusual, usual].map((scores) => [...scores].sort((a, b) => a - b)) as [
    number[],
    number[],
  ];
  return {
    unusual: unusual.map((score) => below(low, score) / low.length),
    usual: usual.map((score) => 1 - below(high, score) / high.length),
  };
}

/** How many of some sorted numbers are below one; equal ones count half. */
function below(sorted: readonly number[], score: number): number {
  const first = (isPast: (value: number) => boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isPast(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (first((value) => value >= score) + first((value) => value > score)) / 2;
}

/** Both kinds of rows are drawn, so that both errors count; the means are the same. */
function together({ mean, standardError }: Estimate, other: Estimate): Estimate {
  return { mean, standardError: Math.hypot(standardError, other.standardError) };
}
