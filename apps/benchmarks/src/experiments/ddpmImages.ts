import { type Dataset, digits, mnist, Split, scale as times } from '@pushforward/datasets';
import {
  cosineBetas,
  type Denoiser,
  DiffusionModel,
  ddim,
  guided,
  networkDenoiser,
} from '@pushforward/diffusion';
import { asVectors } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { imagePicture } from '../charts/images.js';
import { denoisingDiffusion as published } from '../published.js';
import type { Html } from '../report/html.js';
import { drawBySteps } from '../studies/diffusion.js';
import {
  type FeatureSize,
  type ImageJudge,
  type ImageShape,
  withImageJudge,
} from '../studies/imageFeatures.js';
import { convolutions, type ImageNetwork } from '../studies/imageNetworks.js';
import { inTurn } from '../studies/inTurn.js';
import { type Recipe, withTrained } from '../studies/learn.js';
import { difference, share } from '../studies/score.js';
import { above, unpublishedRow } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** The level of black. */
  readonly black: number;
  /** Images of an epoch, to choose weights by, and to be like; all that there are where they are fewer. */
  readonly train: number;
  readonly validation: number;
  readonly reference: number;
  readonly network: ImageNetwork;
  /** T, and how many of them DDIM takes. */
  readonly steps: number;
  readonly walked: number;
  readonly recipe: Recipe;
  readonly seeing: FeatureSize;
  /** Images drawn by each guidance. */
  readonly drawn: number;
}

type Sizes = Record<Run['scale'], Size>;

const smallImages: Sizes = {
  quick: {
    ...{ black: 16, train: 1200, validation: 200, reference: 400, steps: 200, walked: 20 },
    ...{ network: convolutions({ channels: [16, 32], blocks: 1 }), drawn: 400 },
    recipe: { epochs: 60, batchSize: 64, learningRate: 3e-3 },
    seeing: {
      ...{ channels: [16, 32], features: 32 },
      recipe: { epochs: 25, batchSize: 64, learningRate: 3e-3 },
    },
  },
  full: {
    ...{ black: 16, train: 1200, validation: 200, reference: 400, steps: 1000, walked: 50 },
    ...{ network: convolutions({ channels: [64, 128], blocks: 2 }), drawn: 2000 },
    recipe: { epochs: 400, batchSize: 64, learningRate: 1e-3 },
    seeing: {
      ...{ channels: [16, 32], features: 32 },
      recipe: { epochs: 60, batchSize: 64, learningRate: 3e-3 },
    },
  },
};

const largeImages: Sizes = {
  quick: {
    ...{ black: 255, train: 16_000, validation: 200, reference: 500, steps: 200, walked: 20 },
    ...{ network: convolutions({ patch: 2, channels: [32, 64], blocks: 1, attention: [] }) },
    ...{ drawn: 300 },
    recipe: { epochs: 8, batchSize: 32, learningRate: 2e-3 },
    seeing: {
      ...{ channels: [8, 16], features: 32 },
      recipe: { epochs: 4, batchSize: 100, learningRate: 3e-3 },
    },
  },
  full: {
    ...{ black: 255, train: 50_000, validation: 1000, reference: 10_000, steps: 1000, walked: 50 },
    ...{ network: convolutions({ channels: [32, 64, 64], blocks: 2 }), drawn: 10_000 },
    recipe: { epochs: 20, batchSize: 128, learningRate: 5e-4 },
    seeing: {
      ...{ channels: [16, 32], features: 64 },
      recipe: { epochs: 10, batchSize: 128, learningRate: 1e-3 },
    },
  },
};

/** Of classifier-free guidance: without the class, as the class is learned, and beyond. */
const guidances = [0, 1, 3] as const;
/** Rows of pictures, which have a column for each class. */
const perClass = 6;

/** Diffusion of the digits of 8 x 8 pixels that are part of the project. */
export const ddpmDigits: Experiment = {
  name: 'ddpm-digits',
  source: published.source,
  summary:
    'A diffusion model of small digits draws the class that it is asked for; guidance makes classes plainer.',
  async run(run) {
    const [forData, forStudy] = run.key.split(2);
    const data = digits().partition(forData, { validation: 0.1, test: 0.25 });
    return drawnByClass({ ...run, key: forStudy }, smallImages[run.scale], data);
  },
};

/** The same of MNIST. */
export const ddpmMnist: Experiment = {
  name: 'ddpm-mnist',
  source: published.source,
  summary:
    'A diffusion model of MNIST draws the class that it is asked for; guidance makes classes plainer.',
  run: async (run) => drawnByClass(run, largeImages[run.scale], await mnist()),
};

/** What is found of a guidance. */
interface Found {
  readonly scale: number;
  /** Whether the class that was asked for is found in each drawing. */
  readonly right: readonly boolean[];
  readonly distance: number;
  readonly picture: Html;
}

/** The experiment at any size, on square images of classes. */
export async function drawnByClass(run: Run, size: Size, data: Dataset): Promise<Findings> {
  const [forJudge, forModel, forDrawing, forPixels] = run.key.split(4);
  const part = (split: Split, most: number) => split.slice(0, Math.min(most, split.length));
  const train = part(data.train, size.train);
  const validation = part(data.validation, size.validation);
  const reference = part(data.test, size.reference);
  const grey = (images: Split) => images.transform({ x: times(1 / size.black) });
  const lessons = (images: Split) => centred(images.given([images.target!.name]), size.black);

  run.say(`${data.name}: the classifier that judges`);
  const parts = { train: grey(train), validation: grey(validation), reference: grey(reference) };
  const { right, limits, found } = await withImageJudge(
    ...([forJudge, imageOf(train), parts, size.seeing, run.control] as const),
    async (judge) => {
      run.say(`${data.name}: the diffusion model`);
      const found = await withTrained(
        forModel,
        (key) => modelOf(key, train, size),
        { train: lessons(train), validation: lessons(validation) },
        size.recipe,
        run.control,
        ({ denoiser }) =>
          inTurn(forDrawing, guidances, (key, scale) => drawn(key, denoiser, scale, judge, size)),
      );
      const limits = await bounds(forPixels, judge, parts.train, size.reference);
      return { right: judge.right, limits, found };
    },
  );
  const images = data.name;
  return {
    rows: [
      shareRow(`${images}, test images: their class is found`, right),
      ...found.flatMap((each) => rowsOf(each, images)),
      distanceRow(`${images}, training images`, limits.real),
      distanceRow(`${images}, pixels drawn one by one`, limits.alone),
    ],
    checks: checksOf(found, images, limits.alone),
    pictures: Object.fromEntries(
      found.map(({ scale, picture }) => [
        `ddpm-${images.toLowerCase()}-guidance-${scale}.svg`,
        picture,
      ]),
    ),
  };
}

/** Square, and grey. */
function imageOf({ features }: Split): ImageShape {
  const side = Math.sqrt(features);
  return [side, side, 1];
}

function modelOf(key: Key, train: Split, { network, steps }: Size): DiffusionModel {
  const context = train.target!.classes!.length;
  const schedule = cosineBetas({ steps });
  return new DiffusionModel({
    denoiser: networkDenoiser(asVectors(network(key, imageOf(train), context)), schedule, {
      predicts: 'velocity',
    }),
    contextDropout: 0.1,
  });
}

/** Drawings of every class in turn. */
async function drawn(
  key: Key,
  denoiser: Denoiser,
  scale: number,
  judge: ImageJudge,
  { drawn, walked }: Size,
): Promise<Found> {
  const classes = denoiser.contextSize;
  const labels = Int32Array.from({ length: drawn }, (_, i) => i % classes);
  const asked = tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat();
  const law = guided(denoiser, { scale });
  const way = { sampler: ddim({ eta: 0 }), steps: walked };
  const signed = await drawBySteps(key, law, drawn, way, asked);
  const images = tf.tidy((): Tensor => tf.clipByValue(tf.div(tf.add(signed, 1), 2), 0, 1));
  const few = tf.slice(images, [0, 0], [perClass * classes, -1]) as tf.Tensor2D;
  try {
    const seen = await judge.classesOf(images);
    const side = Math.sqrt(few.shape[1]);
    return {
      scale,
      right: seen.map((label, i) => label === labels[i]),
      distance: await judge.distance(images),
      picture: imagePicture(await few.array(), {
        ...{ height: side, width: side, perRow: classes },
        label: `Drawings, a column for each class, with guidance ${scale}`,
      }),
    };
  } finally {
    tf.dispose([asked, signed, images, few]);
  }
}

/** Distances of other training images, the least that can be hoped for, and of pixels drawn one by one. */
async function bounds(key: Key, judge: ImageJudge, train: Split, count: number) {
  const { x } = train.slice(0, Math.min(count, train.length)).batch();
  const alone = tf.tidy(() => {
    const { mean, variance } = tf.moments(x, 0);
    const noise = tf.mul(tf.sqrt(variance), key.normal([count, train.features]));
    return tf.clipByValue(tf.add(mean, noise), 0, 1);
  });
  try {
    return { real: await judge.distance(x), alone: await judge.distance(alone) };
  } finally {
    tf.dispose([x, alone]);
  }
}

/** Grey from 0 to black becomes -1 to 1, the range of diffusion models. */
function centred({ name, source, columns, x, context }: Split, black: number): Split {
  const signed = x.map((grey) => (2 * grey) / black - 1);
  return new Split({ name, source, columns, x: signed, ...(context && { context }) });
}

const note =
  'the source has CIFAR-10 and LSUN, and Inception features; these are of a classifier trained here';

function shareRow(label: string, right: readonly boolean[]): Row {
  return unpublishedRow(label, `share of ${right.length}`, share(right), note);
}

function distanceRow(label: string, distance: number): Row {
  return unpublishedRow(label, 'Fréchet distance to test images', distance, note);
}

function rowsOf({ scale, right, distance }: Found, images: string): Row[] {
  const label = `${images}, drawn with guidance ${scale}`;
  return [
    shareRow(`${label}: the class that was asked for is found`, right),
    distanceRow(label, distance),
  ];
}

function checksOf(found: readonly Found[], images: string, worst: number): Check[] {
  const shareAt = (guidance: (typeof guidances)[number]) =>
    share(found.find(({ scale }) => scale === guidance)!.right);
  const least = Math.min(...found.map(({ distance }) => distance)) / worst;
  const chance = 1 / 10;
  return [
    above(`${images}: the class that is asked for is drawn: its share beyond chance`, {
      ...shareAt(1),
      mean: shareAt(1).mean - chance,
    }),
    above(`${images}: guidance makes classes plainer`, difference(shareAt(3), shareAt(1))),
    {
      claim: `${images}: drawings are closer to test images than pixels drawn one by one: what is left of their distance`,
      ...{ value: least, threshold: 0.2, holds: least < 0.2 },
    },
  ];
}
