import { thesis } from '../published.js';
import type { Experiment, Findings, Run } from './experiment.js';
import * as substances from './hybridDiffusion.js';
import * as pendulums from './hybridPendulum.js';

/** How much is computed. */
export interface Size {
  readonly pendulums: pendulums.Size;
  readonly substances: substances.Size;
}

/** APHYNITY alone at the quick scale, so that there is time for both systems. */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    pendulums: aphynityOf(pendulums.sizes.quick),
    substances: aphynityOf(substances.sizes.quick),
  },
  full: { pendulums: pendulums.sizes.full, substances: substances.sizes.full },
};

function aphynityOf<S extends pendulums.Size | substances.Size>(size: S): S {
  return { ...size, studies: { aphynity: size.studies.aphynity } };
}

const unprinted =
  'the source draws log errors, and prints none; one run, with errors over systems; networks, passes and ' +
  'times are fewer, at the quick scale systems and cells too';

const slowerAndDamped: pendulums.Plan = {
  ...{ name: 'hybrid-za-shift-pendulums', shift: 'slower and more damped' },
  laws: {
    training: { omega0: [1.5, 3.1], alpha: [0, 0.3] },
    shifted: { omega0: [0.5, 1.5], alpha: [0.3, 0.6] },
  },
  ...{ factor: 2, note: unprinted },
};

const otherReaction: substances.Plan = {
  ...{ name: 'hybrid-za-shift-substances', shift: 'of other diffusion and reaction' },
  laws: { training: 'training', shifted: 'smallAll' },
  ...{ factor: 2, note: unprinted },
};

/** Shifts of what the expert knows, and of what it can tell nothing of. */
export const hybridZaShift: Experiment = {
  name: 'hybrid-za-shift',
  source: { document: thesis, item: 'figure 7.5' },
  summary: 'Expert augmentation helps also where what the expert does not know is shifted.',
  run: (run) => bothOf(run, sizes[run.scale]),
};

/** The experiment at any size. */
export async function bothOf(run: Run, size: Size): Promise<Findings> {
  const [forPendulums, forSubstances] = run.key.split(2);
  const { pendulumsOf } = pendulums;
  const { substancesOf } = substances;
  const swings = await pendulumsOf({ ...run, key: forPendulums }, size.pendulums, slowerAndDamped);
  const fields = await substancesOf({ ...run, key: forSubstances }, size.substances, otherReaction);
  const [first, second] = [called('Pendulums', swings), called('Substances', fields)];
  return {
    rows: [...first.rows, ...second.rows],
    checks: [...first.checks, ...second.checks],
    pictures: { ...first.pictures, ...second.pictures },
  };
}

/** Findings that say what they are of. */
function called(systems: string, { rows, checks, pictures }: Findings): Findings {
  return {
    rows: rows.map((row) => ({ ...row, label: `${systems}: ${row.label}` })),
    checks: checks.map((check) => ({ ...check, claim: `${systems}: ${check.claim}` })),
    pictures,
  };
}
