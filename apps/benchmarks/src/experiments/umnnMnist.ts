import { ActNorm, AffineNormalizer, chain, type Normalizer, UMNN } from '@pushforward/bijectors';
import { Autoregressive, Triangular } from '@pushforward/conditioners';
import { type Dataset, mnist } from '@pushforward/datasets';
import { normalizingFlow, type Pushforward, standardNormal } from '@pushforward/distributions';
import type { UMNNFlowOptions } from '@pushforward/flows';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type Curve, learningCurves } from '../charts/curves.js';
import { imagePicture } from '../charts/images.js';
import { monotoneFlows, thesis } from '../published.js';
import { bitsOf, type OnLine, onLine, portions, toLine } from '../studies/images.js';
import { learn } from '../studies/learn.js';
import { advantage, estimate, logLikelihoods } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import { inverseByPasses, withCopy } from '../studies/umnn.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** Images of an epoch, and of the other two parts. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly hidden: readonly number[];
  readonly umnn: NonNullable<UMNNFlowOptions['umnn']> & { readonly embedding: number };
  /** Steps of the integral in judging; 100 in the source. */
  readonly stepsOfTest: number;
  /** Samples of each digit. */
  readonly samples: number;
}

/** The source's sizes are not in print. Those of the full scale are an hour or two of two cores, not its budget. */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ train: 1280, validation: 200, test: 200, epochs: 5, batchSize: 32 },
    ...{ hidden: [800], umnn: { embedding: 6, hidden: [16, 16], steps: 8 } },
    ...{ stepsOfTest: 20, samples: 1 },
  },
  full: {
    ...{ train: 10_000, validation: 1000, test: 10_000, epochs: 20, batchSize: 100 },
    ...{ hidden: [1000, 1000], umnn: { embedding: 16, hidden: [48, 48, 48], steps: 15 } },
    ...{ stepsOfTest: 100, samples: 10 },
  },
};

const published = monotoneFlows.mnist;
const classes = 10;
/** Standard deviation of the noise that images are made of. */
const temperature = 0.75;

/** One conditional UMNN step on all pixels of MNIST, beside an affine one; samples by 784 numerical inversions. */
export const umnnMnist: Experiment = {
  name: 'umnn-mnist',
  source: { document: thesis, item: 'table 5.1, MNIST, and figure 5.3' },
  summary:
    'UMNN reaches 784 dimensions: fewer bits per pixel than affine, and samples by numerical inversion.',
  run: async (run) => imagesOf(run, sizes[run.scale], await mnist()),
};

/** The experiment at any size, on square images of digits. */
export async function imagesOf(run: Run, size: Size, data: Dataset): Promise<Findings> {
  const pixels = data.test.features;
  const [forData, forFlows, forSamples] = run.key.split(3);
  const [forValidation, forTest] = forData.split(2);
  const [forAffine, forMonotone] = forFlows.split(2);
  const { train, validation, test } = data;
  const digit = [test.target!.name];
  const parts: Parts = {
    train: portions(train.given(digit), size.train),
    validation: onLine(validation.slice(0, size.validation).given(digit), forValidation),
    test: onLine(test.slice(0, size.test).given(digit), forTest),
  };

  run.say('One affine step: MADE');
  const affine = await trained(forAffine, new AffineNormalizer(), parts, size, run, (step) =>
    bitsUnder(step.flow, parts.test),
  );
  run.say('One UMNN step');
  const [forIntegrand, forTraining] = forMonotone.split(2);
  const umnn = new UMNN(forIntegrand, size.umnn);
  const monotone = await trained(forTraining, umnn, parts, size, run, async (step) => {
    const judged = (key: Key) =>
      stepOf(pixels, key, new UMNN(key, { ...size.umnn, steps: size.stepsOfTest }), size.hidden)
        .flow;
    const bits = await withCopy(step.flow, judged, (flow) => bitsUnder(flow, parts.test));
    run.say(`${classes * size.samples} samples, ${pixels} inversions each`);
    return { bits, ...(await samplesOf(step, forSamples, size.samples)) };
  });

  const side = Math.sqrt(pixels);
  const gain = advantage(affine.found, monotone.found.bits);
  const error = monotone.found.errors[Math.floor(0.99 * monotone.found.errors.length)]!;
  return {
    rows: [
      rowOf('UMNN-MAF, one step', monotone.found.bits, published.umnn, size),
      rowOf('MADE: one affine step', affine.found, published.affine, size),
    ],
    checks: [
      {
        claim:
          'A UMNN step needs fewer bits per pixel than an affine one with the same network, by more than three standard errors',
        value: gain.mean,
        threshold: 3 * gain.standardError,
        holds: gain.mean > 3 * gain.standardError,
      },
      {
        claim: `Numerical inversion works in ${pixels} dimensions: samples are mapped back to their noise, 99 of 100 numbers to 1e-3`,
        ...{ value: error, threshold: 1e-3, holds: error < 1e-3 },
      },
    ],
    pictures: {
      'umnn-mnist.svg': imagePicture(monotone.found.images, {
        ...{
          height: side,
          width: side,
          perRow: classes,
          label: 'Samples, a column for each digit',
        },
      }),
      'umnn-mnist-curve.svg': learningCurves(
        [inBits(monotone.curve, parts.validation)],
        { label: 'published', loss: published.umnn[0] },
        'bits per pixel',
      ),
    },
  };
}

/** A flow of one autoregressive step, with its parts. */
interface Step {
  readonly flow: Pushforward;
  readonly norm: ActNorm;
  readonly step: Triangular;
}

function stepOf(pixels: number, key: Key, normalizer: Normalizer, hidden: readonly number[]): Step {
  const { parameterCount: parameters } = normalizer;
  const norm = new ActNorm(pixels);
  const step = new Triangular(
    new Autoregressive(key, { features: pixels, parameters, hidden, context: classes }),
    normalizer,
  );
  return { flow: normalizingFlow(chain([norm, step]), standardNormal([pixels])), norm, step };
}

interface Parts {
  readonly train: ReturnType<typeof portions>;
  readonly validation: OnLine;
  readonly test: OnLine;
}

async function trained<T>(
  key: Key,
  normalizer: Normalizer,
  { train, validation }: Parts,
  { hidden, epochs, batchSize }: Size,
  { control }: Run,
  use: (step: Step) => Promise<T>,
): Promise<{ curve: Omit<Curve, 'label'>; found: T }> {
  const [forStep, forTraining] = key.split(2);
  const step = stepOf(validation.split.features, forStep, normalizer, hidden);
  try {
    const recipe = { epochs, batchSize, learningRate: 3e-3 };
    const data = { train, validation: validation.split };
    const curve = await learn(forTraining, step.flow, data, recipe, control);
    return { curve, found: await use(step) };
  } finally {
    step.flow.dispose();
  }
}

async function bitsUnder(flow: Pushforward, images: OnLine): Promise<number[]> {
  return bitsOf(images, await logLikelihoods(flow, images.split));
}

/** Images of each digit, and |g(x) - z| of all their pixels x made of z, in order of size. */
async function samplesOf({ flow, norm, step }: Step, key: Key, each: number) {
  const digits = Array.from({ length: each * classes }, (_, i) => i % classes);
  const pixels = norm.features;
  const context = tf.oneHot(digits, classes).toFloat();
  const z: Tensor = tf.tidy(() => tf.mul(temperature, key.normal([digits.length, pixels])));
  const normed = await inverseByPasses(step, z, context);
  const x = norm.inverse(normed);
  const off = tf.tidy(() => tf.abs(tf.sub(flow.bijector.inverse(x, context), z)));
  const [values, errors] = await Promise.all([x.data(), off.data()]);
  tf.dispose([context, z, normed, x, off]);
  const grey = toLine(key).undo({ x: Float32Array.from(values), features: pixels });
  const images = toRows(
    grey.map((level) => level / 255),
    pixels,
  );
  return { images, errors: errors.sort() };
}

function inBits(
  { train, validation, best }: Omit<Curve, 'label'>,
  { split, logDets }: OnLine,
): Curve {
  // Of the validation part, whose images are like those of the others.
  const logDet = estimate(Array.from(logDets)).mean;
  const bits = (losses: readonly number[]) =>
    losses.map((loss) => (loss - logDet) / (split.features * Math.LN2));
  return { label: 'UMNN-MAF', train: bits(train), validation: bits(validation), best };
}

function rowOf(
  label: string,
  bits: readonly number[],
  [value, error]: readonly [number, number],
  { train, epochs, test }: Size,
): Row {
  const { mean, standardError } = estimate(bits);
  return {
    ...{ label, metric: 'test bits per pixel', value: mean, standardError },
    ...{ published: value, publishedError: error, comparable: false },
    note: `given the digit; ${epochs} times ${train} images to learn from and ${test} to judge by, a fraction of the source's budget`,
  };
}
