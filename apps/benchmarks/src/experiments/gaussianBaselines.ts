import {
  bsds300Patches,
  dequantise,
  logitTransform,
  mnist,
  pipeline,
  type Split,
  scale,
  standardise,
  wineQuality,
} from '@pushforward/datasets';
import { fitGaussian } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import { comparisonChart } from '../charts/comparison.js';
import { gaussian, type Published } from '../published.js';
import { estimate, logLikelihoods } from '../studies/score.js';
import type { Experiment, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** Training and test patches at the quick scale, which leaves MNIST out: its covariance needs all of its images. */
const few = [20_000, 5000] as const;

/**
 * The Gaussian rows of the tables that densities are compared by: where data, preprocessing and units are right, a
 * Gaussian gives the published figures.
 */
export const gaussianBaselines: Experiment = {
  name: 'gaussian-baselines',
  source: {
    document: `${gaussian.mnist.source.document}; ${gaussian.redWine.source.document}`,
    item: 'the Gaussian rows of tables 1 and 2, and of table 1',
  },
  summary:
    'The test log-likelihood of a Gaussian on four data sets: proves data, preprocessing and units.',
  async run(run) {
    const [forMnist, forPatches, forRed, forWhite] = run.key.split(4);
    const rows = [
      ...(run.scale === 'full' ? [await images(forMnist, run)] : []),
      await patches(forPatches, run),
      await wine('red', forRed, gaussian.redWine, run),
      await wine('white', forWhite, gaussian.whiteWine, run),
    ];
    return {
      rows,
      checks: rows.map(agreement),
      pictures: { 'gaussian-baselines.svg': comparisonChart(rows) },
    };
  },
};

async function images(key: Key, { say }: Run): Promise<Row> {
  say('MNIST: 784 pixels in logit space');
  const [forTraining, forTest] = key.split(2);
  const toLine = (noise: Key) =>
    pipeline([dequantise(noise, 256), scale(1 / 256), logitTransform(1e-6)]);
  const { train, test } = await mnist();
  const values = await underGaussian(
    train.transform({ x: toLine(forTraining) }),
    test.transform({ x: toLine(forTest) }),
  );
  return compare('MNIST, logit space', values, gaussian.mnist, {
    comparable: true,
    note: 'pixels with uniform noise, the first 50,000 training and all test images, as there',
  });
}

async function patches(key: Key, { scale: size, say }: Run): Promise<Row> {
  say('BSDS300: patches of 63 numbers');
  const data = await bsds300Patches(key);
  const full = size === 'full';
  const train = full ? data.train : data.train.slice(0, few[0]);
  const test = full ? data.test : data.test.slice(0, few[1]);
  return compare('BSDS300 patches', await underGaussian(train, test), gaussian.bsds300, {
    comparable: false,
    note: `other patches of the same photographs: ${train.length} for training and ${test.length} for testing, there 1,000,000 and 250,000`,
  });
}

async function wine(
  colour: 'red' | 'white',
  key: Key,
  published: Published,
  { say }: Run,
): Promise<Row> {
  say(`Wine quality, ${colour}: eleven columns, ten folds`);
  const values: number[] = [];
  for (const { train, test } of (await wineQuality(colour)).folds(key, 10)) {
    const x = standardise(train);
    values.push(...(await underGaussian(train.transform({ x }), test.transform({ x }))));
  }
  return compare(`${colour} wine`, values, published, {
    comparable: true,
    note: 'eleven columns, standardised in each of ten folds; the folds are ours',
  });
}

/** log p of the test rows under the Gaussian of the training rows. */
async function underGaussian(train: Split, test: Split): Promise<number[]> {
  const { x } = train.batch();
  const law = await fitGaussian(x);
  x.dispose();
  try {
    return await logLikelihoods(law, test);
  } finally {
    law.dispose();
  }
}

function compare(
  label: string,
  values: readonly number[],
  published: Published,
  about: Pick<Row, 'comparable' | 'note'>,
): Row {
  const { mean, standardError } = estimate(values);
  return {
    label,
    metric: 'test log-likelihood of a Gaussian, nats',
    value: mean,
    standardError,
    published: published.value,
    publishedError: published.error,
    ...about,
  };
}

/** Ours and theirs differ by less than two standard errors of each together. */
function agreement({ label, value, standardError, published, publishedError }: Row): Check {
  const difference = Math.abs(value - published!);
  const threshold = 2 * standardError! + (publishedError ?? 0);
  return {
    claim: `${label}: our Gaussian is as likely as the published one, to within two standard errors of both`,
    value: difference,
    threshold,
    holds: difference <= threshold,
  };
}
