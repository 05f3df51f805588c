import { checkCount, checkOptions } from '@pushforward/tensors';
import { reactionDiffusion } from '../systems/reactionDiffusion.js';
import { type ParameterLaw, SimulatedSystem } from './simulatedSystem.js';

/** Options of {@link reactingSubstances}. */
export interface ReactingSubstancesOptions {
  /** n of the n x n cells, whose width stays 2 / 32; 32 by default. */
  readonly size?: number;
  /** States, a tenth of a unit of time apart, the first included; 51 by default. */
  readonly points?: number;
}

/**
 * Two substances that diffuse and react on a periodic square of 32 x 32 cells, of which the expert knows the diffusion alone: 51
 * states on [0, 5] from U(0, 1) in every cell, without noise.
 *
 * Laws: `training` a ~ U(1e-3, 2e-3), b ~ U(3e-3, 7e-3) and k ~ U(3e-3, 5e-3); `shifted` a ~ U(2e-3, 4e-3) and b ~ U(1e-3, 1e-2);
 * `smallK`, `mediumK`, `largeK` k ~ U(5e-3, 8e-3), U(8e-3, 2e-2), U(2e-2, 0.1) with a and b as in training, and `smallAll`,
 * `mediumAll`, `largeAll` with them shifted. The source trains on 2000, and judges by 100.
 *
 * Source: Wehenkel, "Contributions to generative modeling", PhD thesis, Liege 2022, section 7.4, eq. 7.8, and its code.
 *
 * @throws OptionError or DomainError for options that are unknown or outside their domain
 */
export function reactingSubstances(options: ReactingSubstancesOptions = {}): SimulatedSystem {
  checkOptions('reactingSubstances', options, ['size', 'points']);
  const { size = 32, points = 51 } = options;
  checkCount('reactingSubstances', 'points', points, 2);
  const usual = { a: [1e-3, 2e-3], b: [3e-3, 7e-3] } as const;
  const moved = { a: [2e-3, 4e-3], b: [1e-3, 1e-2] } as const;
  const graded = { small: [5e-3, 8e-3], medium: [8e-3, 2e-2], large: [2e-2, 0.1] } as const;
  const shifts = Object.entries(graded).flatMap(([name, k]) => [
    [`${name}K`, { ...usual, k }] as const,
    [`${name}All`, { ...moved, k }] as const,
  ]);
  return new SimulatedSystem({
    expert: reactionDiffusion({ size }),
    truth: reactionDiffusion({ complete: true, size }),
    times: Array.from({ length: points }, (_, i) => i / 10),
    laws: {
      training: { ...usual, k: [3e-3, 5e-3] },
      shifted: { ...moved, k: [3e-3, 5e-3] },
      ...Object.fromEntries<ParameterLaw>(shifts),
    },
    start: (key, n) => key.uniform([n, size * size * 2]),
    noise: 0,
    solver: { method: 'rk4', substeps: 4 },
  });
}
