import { type ToyName, toys } from '@pushforward/datasets';
import type { Pushforward } from '@pushforward/distributions';
import { type FlowOptions, maf, nsfAutoregressive } from '@pushforward/flows';
import type { Key } from '@pushforward/tensors';
import { type Cloud, cloudGrid } from '../charts/clouds.js';
import { thesis } from '../published.js';
import { inTurn } from '../studies/inTurn.js';
import { draw, withTrained } from '../studies/learn.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import type { Experiment, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/**
 * With as many rows and epochs as the quick scale has, eight Gaussians show the same (gains of 0.49, 0.48, 0.00 and 0.11
 * nats); two moons do not (0.30, 0.04, 0.09 and 0.03): two steps are nearly all they need. With half as many, later steps
 * gain more, for what earlier ones can do is not learned yet.
 */
const sizes = {
  quick: { laws: ['pinwheel'], train: 12000, epochs: 50, hidden: [64, 64] },
  full: {
    laws: ['eightGaussians', 'twoMoons', 'pinwheel', 'twoSpirals', 'swissRoll', 'checkerboard'],
    train: 20_000,
    epochs: 40,
    hidden: [128, 128],
  },
} as const;

const depths = [1, 2, 3, 4, 5] as const;
/** Scales and slopes as good as unbounded: what is asked is what the form can do. */
const bound = 1000;
const testSize = 5000;
const drawn = 1000;

/** Affine flows of one to five steps beside a universal one. */
export const affineCapacity: Experiment = {
  name: 'affine-capacity',
  source: {
    document: thesis,
    item: 'figure 4.4 and section 4.4',
  },
  summary:
    'Affine flows in the plane gain much from their second and third steps and less from the next two; a universal one is better.',
  async run(run) {
    const { laws } = sizes[run.scale];
    const found = await inTurn(run.key, laws, (key, law) => study(key, law, run));
    return {
      rows: found.flatMap(({ rows }) => rows),
      checks: checksOf(found),
      pictures: { 'affine-capacity.svg': cloudGrid(found.map(({ clouds }) => clouds)) },
    };
  },
};

/** What is known of one law: log p of each test point under each flow, the universal one last. */
interface Found {
  readonly values: readonly (readonly number[])[];
  readonly rows: readonly Row[];
  readonly clouds: readonly Cloud[];
}

async function study(key: Key, law: ToyName, run: Run): Promise<Found> {
  const { train, epochs, hidden } = sizes[run.scale];
  const [forData, forFlows, forPictures] = key.split(3);
  const [forTrain, forTest, forCut] = forData.split(3);
  const inner = toys[law](forTrain, train).trainTest(forCut, 0.1);
  const data = { train: inner.train, validation: inner.test };
  const recipe = { epochs, batchSize: 256, learningRate: 3e-3 };
  const test = toys[law](forTest, testSize);
  const options: FlowOptions = { features: 2, hidden: [...hidden], permutation: 'reverse' };
  const contestants: [string, (key: Key) => Pushforward][] = [
    ...depths.map((transforms): [string, (key: Key) => Pushforward] => [
      `${transforms} affine ${transforms === 1 ? 'step' : 'steps'}`,
      (key) => maf(key, { ...options, transforms, scaleBound: bound }),
    ]),
    [
      'universal: 3 spline steps',
      (key) => nsfAutoregressive(key, { ...options, transforms: 3, slopeBound: bound }),
    ],
  ];
  const values: number[][] = [];
  const clouds = [cloudOf(law, toRows(test.slice(0, drawn).x, 2))];
  for (const [i, key] of forFlows.split(contestants.length).entries()) {
    const [label, build] = contestants[i]!;
    run.say(`${law}: ${label}`);
    await withTrained(key, build, data, recipe, run.control, async (flow) => {
      values.push(await logLikelihoods(flow, test));
      clouds.push(cloudOf(label, await draw(flow, forPictures, drawn)));
    });
  }
  const rows = values.map((values, i) => rowOf(`${law}, ${contestants[i]![0]}`, values));
  return { values, rows, clouds };
}

function cloudOf(title: string, points: Cloud['points']): Cloud {
  return { title, points, groups: points.map(() => 0) };
}

function rowOf(label: string, values: readonly number[]): Row {
  const { mean, standardError } = estimate(values);
  return {
    label,
    metric: 'test log-likelihood, nats',
    value: mean,
    standardError,
    published: null,
    publishedError: null,
    comparable: false,
    note: `${values.length} test points; the source shows densities and gives no figure`,
  };
}

function checksOf(found: readonly Found[]): Check[] {
  /** What flow b has over flow a, in nats: the mean over all test points of all laws. */
  const gain = (a: number, b: number) =>
    advantage(
      found.flatMap(({ values }) => values[b]!),
      found.flatMap(({ values }) => values[a]!),
    );
  const [second, third, later, universal] = [gain(0, 1), gain(1, 2), gain(2, 4), gain(4, 5)];
  const least = Math.min(second.mean, third.mean);
  return [
    {
      claim: 'The third step gains, by more than three standard errors, in nats',
      value: third.mean,
      threshold: 3 * third.standardError,
      holds: third.mean > 3 * third.standardError,
    },
    {
      claim:
        'The fourth and the fifth together gain less than the second, and less than the third, in nats',
      value: later.mean,
      threshold: least,
      holds: later.mean < least,
    },
    {
      claim:
        'A universal flow is still better than five affine steps, by more than three standard errors, in nats',
      value: universal.mean,
      threshold: 3 * universal.standardError,
      holds: universal.mean > 3 * universal.standardError,
    },
  ];
}
