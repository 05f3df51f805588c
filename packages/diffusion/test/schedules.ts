import { Key } from '@pushforward/tensors';
import {
  cosine,
  cosineBetas,
  fromBetas,
  learnedSchedule,
  linearBetas,
  linearLogSnr,
  rectifiedFlow,
  type Schedule,
  scaledLinearBetas,
  sigmoidal,
  subVariancePreserving,
  varianceExploding,
  variancePreserving,
  zeroTerminalSnr,
} from '../src/index.js';

/** A learned schedule that is no line. */
function learned(): Schedule {
  const schedule = learnedSchedule({ bins: 5, learnEnds: true });
  const [shape] = schedule.parameters();
  shape!.assign(Key.from(7).normal(shape!.shape));
  return schedule;
}

/** A schedule of every kind. */
export const schedules: Record<string, () => Schedule> = {
  'linear betas': () => linearBetas({ steps: 50 }),
  'scaled linear betas': () => scaledLinearBetas({ steps: 40 }),
  'cosine betas': () => cosineBetas({ steps: 30 }),
  'betas of all kinds': () => fromBetas([0.3, 0.01, 0.5, 0.2, 0.9]),
  'variance preserving': () => variancePreserving(),
  'sub-variance preserving': () => subVariancePreserving({ betaMin: 0.5, betaMax: 8 }),
  'variance exploding': () => varianceExploding(),
  'rectified flow': () => rectifiedFlow(),
  cosine: () => cosine(),
  'cosine to the end': () => cosine({ logSnrMax: Infinity, logSnrMin: -Infinity }),
  sigmoid: () => sigmoidal(),
  'sigmoid of another shape': () =>
    sigmoidal({ start: 0, end: 3, temperature: 0.7, logSnrMax: 9, logSnrMin: -4 }),
  'linear log-SNR': () => linearLogSnr(),
  learned,
  'zero terminal SNR': () => zeroTerminalSnr(variancePreserving()),
  'zero terminal SNR in steps': () => zeroTerminalSnr(linearBetas({ steps: 20 })),
  'zero terminal SNR that starts with noise': () => zeroTerminalSnr(linearLogSnr()),
};
