import { seriesChart } from '../charts/series.js';
import { valuesChart } from '../charts/values.js';
import { colours } from '../report/style.js';
import {
  type AugmentationFound,
  type AugmentationStudy,
  beforeAndAfter,
  type JudgedSystems,
  type SystemLaw,
} from '../studies/augmentation.js';
import {
  type HybridKind,
  type HybridNetworks,
  hybridKinds,
  hybridOf,
} from '../studies/hybridKinds.js';
import { inTurn } from '../studies/inTurn.js';
import { advantage, estimate, logRatio } from '../studies/score.js';
import { above } from './claims.js';
import type { Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** One system, the models of it, and what is claimed. */
export interface AugmentedHybrids {
  /** The name of the experiment, and what the systems are called. */
  readonly name: string;
  readonly systems: string;
  /** How the second law differs from that of training. */
  readonly shift: string;
  /** The first number of a state, and its unit. */
  readonly state: string;
  readonly networks: HybridNetworks;
  readonly studies: Readonly<Partial<Record<HybridKind, AugmentationStudy>>>;
  /** What augmentation divides the error of shifted parameters by, at the least. */
  readonly factor: number;
  /** Errors of parameters in %, with their deviations over runs. */
  readonly published?: Readonly<Record<HybridKind, Record<Stage, Record<SystemLaw, PrintedError>>>>;
  /** Why figures are not the source's. */
  readonly note: string;
}

type Stage = keyof AugmentationFound;
type PrintedError = readonly [value: number, deviation: number];
type Found = readonly [kind: HybridKind, found: AugmentationFound];

const stages = { plain: 'as trained', augmented: 'augmented' } as const;

/** Points of %, that augmentation may cost where the model has been trained. */
const cost = 1.5;

/** Every model before and after expert augmentation, on systems as in training and on shifted ones. */
export async function augmentedHybrids(run: Run, plan: AugmentedHybrids): Promise<Findings> {
  const found = await inTurn(
    run.key,
    Object.entries(plan.studies) as [HybridKind, AugmentationStudy][],
    async (key, [kind, study]): Promise<Found> => {
      run.say(`${plan.systems}: ${hybridKinds[kind]}`);
      const { expert } = study.system;
      return [
        kind,
        await beforeAndAfter({ ...run, key }, study, (key, times) =>
          hybridOf(key, kind, expert, times, plan.networks),
        ),
      ];
    },
  );
  const errors = found.flatMap((each) => rowsOf(plan, each, parameterRow));
  return {
    rows: [...errors, ...found.flatMap((each) => rowsOf(plan, each, forecastRow))],
    checks: found.flatMap((each) => checksOf(plan, each)),
    pictures: {
      [`${plan.name}.svg`]: valuesChart(errors),
      ...Object.fromEntries(
        found.map((each) => [`${plan.name}-${each[0]}.svg`, forecastOf(plan, each)]),
      ),
    },
  };
}

type RowOf = (
  judged: JudgedSystems,
  published: PrintedError | undefined,
) => Omit<Row, 'label' | 'comparable' | 'note'>;

function rowsOf(plan: AugmentedHybrids, [kind, found]: Found, rowOf: RowOf): Row[] {
  const laws = { training: 'as in training', shifted: plan.shift } as const;
  return (Object.keys(laws) as SystemLaw[]).flatMap((law) =>
    (Object.keys(stages) as Stage[]).map((stage) => ({
      label: `${hybridKinds[kind]} ${stages[stage]}, ${laws[law]}`,
      ...rowOf(found[stage][law], plan.published?.[kind][stage][law]),
      ...{ comparable: false, note: plan.note },
    })),
  );
}

const parameterRow: RowOf = ({ parameterErrors }, published) => {
  const { mean, standardError } = estimate(parameterErrors);
  return {
    metric: 'relative error of the parameters, %',
    ...{ value: mean, standardError },
    ...{ published: published?.[0] ?? null, publishedError: published?.[1] ?? null },
  };
};

const forecastRow: RowOf = ({ squares }) => {
  const { mean, standardError } = logOf(squares);
  return {
    metric: 'log of the mean squared error of forecasts, later than in training',
    ...{ value: mean, standardError, published: null, publishedError: null },
  };
};

/** The log of a mean, whose error is that of the mean by its size. */
function logOf(squares: readonly number[]) {
  const { mean, standardError } = estimate(squares);
  return { mean: Math.log(mean), standardError: standardError / mean };
}

function checksOf({ shift, factor }: AugmentedHybrids, [kind, found]: Found): Check[] {
  const { plain, augmented } = found;
  const name = hybridKinds[kind];
  const errors = (stage: Stage, law: SystemLaw) => found[stage][law].parameterErrors;
  const ratio =
    estimate(errors('plain', 'shifted')).mean / estimate(errors('augmented', 'shifted')).mean;
  const paid = advantage(errors('augmented', 'training'), errors('plain', 'training')).mean;
  return [
    {
      claim: `${name}, ${shift}: augmentation divides the error of the parameters by more than ${factor}`,
      ...{ value: ratio, threshold: factor, holds: ratio > factor },
    },
    {
      claim: `${name}, as in training: augmentation costs less than ${cost} points of %`,
      ...{ value: paid, threshold: cost, holds: paid < cost },
    },
    above(
      `${name}, ${shift}: the log of the error of forecasts falls by augmentation`,
      logRatio(plain.shifted.squares, augmented.shifted.squares),
    ),
  ];
}

/** A shifted system, and its forecasts. */
function forecastOf({ state, systems }: AugmentedHybrids, [kind, found]: Found) {
  const line = (of: 'seen' | 'forecast', { times, example }: JudgedSystems) =>
    times.map((t, i) => ({ x: t, y: example[of][i]![0]! }));
  const [before, after] = [found.plain.shifted, found.augmented.shifted];
  return seriesChart(
    [
      { label: 'truth', colour: colours.data, shape: 'dots', points: line('seen', before) },
      {
        ...{ label: stages.plain, colour: colours.kernel, shape: 'dashes' },
        points: line('forecast', before),
      },
      {
        ...{ label: stages.augmented, colour: colours.flow, shape: 'line' },
        points: line('forecast', after),
      },
    ],
    { x: 'time', y: state },
    `${systems}: a forecast by ${hybridKinds[kind]}`,
  );
}
