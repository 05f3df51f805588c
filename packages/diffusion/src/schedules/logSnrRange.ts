import { DomainError } from '@pushforward/tensors';

/** From how little noise a schedule goes to how much. */
export interface LogSnrRange {
  /** log alpha^2 / sigma^2 at t = 0. */
  readonly logSnrMax?: number;
  /** log alpha^2 / sigma^2 at t = 1, less than at 0. */
  readonly logSnrMin?: number;
}

/** The options of a range where they are given and these where they are not. */
export function range(
  where: string,
  options: LogSnrRange,
  standard: Required<LogSnrRange>,
): Required<LogSnrRange> {
  const { logSnrMax = standard.logSnrMax, logSnrMin = standard.logSnrMin } = options;
  if (!(logSnrMax > logSnrMin))
    throw new DomainError(
      `${where}: logSnrMax > logSnrMin is required, got ${logSnrMax} and ${logSnrMin}.`,
    );
  return { logSnrMax, logSnrMin };
}
