import { AffineNormalizer, chain, Reverse } from '@pushforward/bijectors';
import { Autoregressive, Triangular } from '@pushforward/conditioners';
import { banana, type Split } from '@pushforward/datasets';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import { henzeZirkler } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Cloud, cloudGrid } from '../charts/clouds.js';
import { latentsOf, learn } from '../studies/learn.js';
import { estimate, logLikelihoods } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** Test sets, and rows of each; a law is tested for normal latents once on each. */
const sets = 20;
const setSize = 500;
const level = 0.05;
/** Rejections by chance: of 20 tests at 5% of normal latents, more than 4 reject in 3 of 1000 cases. */
const byChance = 4;

/** At the full scale the networks are those of the source, which does not say how many layers its chain has. */
const sizes = {
  quick: { train: 3000, epochs: 25, layers: 4, single: [128, 128], each: [64, 64] },
  full: { train: 10_000, epochs: 40, layers: 5, single: [512, 512], each: [128, 128] },
} as const;

interface Contestant {
  readonly label: string;
  readonly layers: number;
  readonly hidden: readonly number[];
  readonly permuted: boolean;
  /** What the source says of it, in our words. */
  readonly claim: string;
  readonly fits: boolean;
}

/** One masked autoregressive layer against a chain of them, with and without permutations, on the banana law. */
export const madeVsMaf: Experiment = {
  name: 'made-vs-maf',
  source: {
    document: 'J.E. Campagne, "Normalizing Flows: estimation de densités de probabilités", 2022',
    item: 'section 5.2.1, equation 39 and figures 11 to 14',
  },
  summary: 'One MADE layer cannot fit the banana law; a chain of them with permutations can.',
  async run(run) {
    const [forData, forTest, forFlows, forPictures] = run.key.split(4);
    const size = sizes[run.scale];
    const train = banana(forData, size.train);
    const test = banana(forTest, sets * setSize);
    const contestants = contestantsOf(size);
    const found = [await truth(test)];
    for (const [i, key] of forFlows.split(contestants.length).entries()) {
      const contestant = contestants[i]!;
      run.say(contestant.label);
      found.push(await contest(key, contestant, { train, test }, run, forPictures));
    }
    return {
      rows: found.flatMap(({ rows }) => rows),
      checks: found.flatMap(({ check }) => check ?? []),
      pictures: {
        'made-vs-maf.svg': cloudGrid([
          found.map(({ samples }) => samples),
          found.map(({ latents }) => latents),
        ]),
      },
    };
  },
};

function contestantsOf({ layers, single, each }: (typeof sizes)[Run['scale']]): Contestant[] {
  return [
    {
      label: 'one MADE layer',
      layers: 1,
      hidden: single,
      permuted: false,
      claim: 'One MADE layer cannot fit the banana law',
      fits: false,
    },
    {
      label: `${layers} MAF layers with permutations`,
      layers,
      hidden: each,
      permuted: true,
      claim: 'A chain of MAF layers with permutations fits it',
      fits: true,
    },
    {
      label: `${layers} MAF layers without`,
      layers,
      hidden: each,
      permuted: false,
      claim: 'The permutations are indispensable: without them the chain cannot fit it',
      fits: false,
    },
  ];
}

/** What is known of one law. */
interface Found {
  readonly rows: Row[];
  readonly check?: Check;
  readonly samples: Cloud;
  readonly latents: Cloud;
}

/** The law itself: the best that a model can reach, and its noise, which is normal. */
async function truth(test: Split): Promise<Found> {
  const label = 'the law itself';
  const rows = toRows(test.x, 2);
  const noise = rows.map(([x1, x2]) => [x1! - x2! ** 2 / 4, x2! / 2]);
  const values = rows.map(([x1, x2]) => banana.logProb(x1!, x2!));
  return {
    rows: rowsOf(label, values, await rejections(noise)),
    samples: { title: 'data', points: rows.slice(0, setSize), groups: noise.map(quadrant) },
    latents: { title: 'its noise', points: noise.slice(0, setSize), groups: noise.map(quadrant) },
  };
}

async function contest(
  key: Key,
  { label, layers, hidden, permuted, claim, fits }: Contestant,
  data: { train: Split; test: Split },
  { scale, control }: Run,
  forPictures: Key,
): Promise<Found> {
  const [forFlow, forCut, forTraining] = key.split(3);
  const flow = mafLayers(forFlow, layers, hidden, permuted);
  try {
    const inner = data.train.trainTest(forCut, 0.1);
    await learn(
      forTraining,
      flow,
      { train: inner.train, validation: inner.test },
      { epochs: sizes[scale].epochs, batchSize: 128, learningRate: 4e-3 },
      control,
    );
    const latents = await latentsOf(flow, data.test);
    const rejected = await rejections(latents);
    return {
      rows: rowsOf(label, await logLikelihoods(flow, data.test), rejected),
      check: {
        claim: `${claim}: of ${sets} sets of ${setSize} latents, Henze-Zirkler at 5% rejects ${fits ? 'at most' : 'more than'} ${byChance}`,
        value: rejected,
        threshold: byChance,
        holds: fits === rejected <= byChance,
      },
      samples: await samplesOf(flow, forPictures, label),
      latents: {
        title: 'its latents of the data',
        points: latents.slice(0, setSize),
        groups: latents.map(quadrant),
      },
    };
  } finally {
    flow.dispose();
  }
}

/** Autoregressive layers with shift and log-scale, the order of the two numbers turned round between them or not. */
function mafLayers(
  key: Key,
  layers: number,
  hidden: readonly number[],
  permuted: boolean,
): Pushforward {
  const g = chain(
    key.split(layers).flatMap((key, i) => {
      const conditioner = new Autoregressive(key, { features: 2, parameters: 2, hidden });
      const layer = new Triangular(conditioner, new AffineNormalizer());
      return permuted && i > 0 ? [new Reverse(2), layer] : [layer];
    }),
  );
  return normalizingFlow(g, standardNormal([2]));
}

/** In how many of the test sets the latents are found not to be normal. */
async function rejections(latents: Cloud['points']): Promise<number> {
  let count = 0;
  for (let i = 0; i < sets; i++) {
    const rows = latents.slice(i * setSize, (i + 1) * setSize).map((row) => [...row]);
    const x = tf.tensor2d(rows);
    const { pValue } = await henzeZirkler(x);
    x.dispose();
    if (pValue < level) count++;
  }
  return count;
}

async function samplesOf(flow: Pushforward, key: Key, title: string): Promise<Cloud> {
  const z = key.normal([setSize, 2]) as tf.Tensor2D;
  const x = flow.bijector.forward(z) as tf.Tensor2D;
  const [noise, points] = await Promise.all([z.array(), x.array()]);
  tf.dispose([z, x]);
  return { title, points, groups: noise.map(quadrant) };
}

/** 0 to 3, by the signs of the two numbers. */
function quadrant([a, b]: readonly number[]): number {
  return (a! > 0 ? 1 : 0) + (b! > 0 ? 2 : 0);
}

function rowsOf(label: string, values: readonly number[], rejected: number): Findings['rows'] {
  const { mean, standardError } = estimate(values);
  const row = { label, published: null, publishedError: null, comparable: false };
  return [
    {
      ...row,
      metric: 'test log-likelihood, nats',
      value: mean,
      standardError,
      note: `${values.length} test points; the source gives no figure`,
    },
    {
      ...row,
      metric: `Henze-Zirkler rejections at 5%, of ${sets}`,
      value: rejected,
      standardError: null,
      note: `sets of ${setSize} latents; the source tests one set and gives no figure`,
    },
  ];
}
