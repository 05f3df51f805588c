import {
  type Dataset,
  fashionMnist,
  mnist,
  type Split,
  scale as times,
} from '@pushforward/datasets';
import type { Key, Tensor } from '@pushforward/tensors';
import {
  convolutionalDecoder,
  convolutionalEncoder,
  elbo,
  gaussian,
  type VAE,
  vae,
} from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { imagePicture } from '../charts/images.js';
import { latentPriors as published } from '../published.js';
import type { Html } from '../report/html.js';
import { type FeatureSize, type ImageJudge, withImageJudge } from '../studies/imageFeatures.js';
import { inTurn } from '../studies/inTurn.js';
import { type Recipe, withTrained } from '../studies/learn.js';
import { type PriorKind, type PriorSize, priorKinds, priorOf } from '../studies/priorKinds.js';
import { difference, estimate, share } from '../studies/score.js';
import { above, unpublishedRow } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** Images of an epoch, to choose weights by, and to be like. */
  readonly train: number;
  readonly validation: number;
  readonly reference: number;
  readonly latents: readonly number[];
  /** Of encoder and decoder. */
  readonly channels: readonly number[];
  readonly priors: PriorSize;
  readonly recipe: Recipe;
  readonly seeing: FeatureSize;
  /** Sets of images that are drawn, each as large as the reference. */
  readonly sets: number;
}

/** The full scale has the source's latents, rate and best epoch on validation, and the passes of hours. */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ train: 6000, validation: 500, reference: 1000, latents: [20, 40], channels: [8, 16] },
    priors: { hidden: [64, 64], components: 50, steps: 50 },
    recipe: { epochs: 10, batchSize: 100, learningRate: 2e-3 },
    seeing: {
      ...{ channels: [8, 16], features: 32 },
      recipe: { epochs: 4, batchSize: 100, learningRate: 3e-3 },
    },
    sets: 3,
  },
  full: {
    ...{ train: 50_000, validation: 2000, reference: 10_000, latents: [40, 100, 200] },
    channels: [32, 64],
    priors: { hidden: [128, 128, 128], components: 500, steps: 100 },
    recipe: { epochs: 50, batchSize: 128, learningRate: 5e-4 },
    seeing: {
      ...{ channels: [16, 32], features: 64 },
      recipe: { epochs: 10, batchSize: 128, learningRate: 1e-3 },
    },
    sets: 3,
  },
};

const levels = 255;
const kinds = Object.keys(priorKinds) as PriorKind[];
/** Columns of pictures. */
const shown = 10;

/** Priors of one auto-encoder, trained with it. */
export const diffusionPrior: Experiment = {
  name: 'diffusion-prior',
  source: published.source,
  summary:
    'Auto-encoders with normal, flow, mixture and diffusion priors: images drawn by learned priors are more like the data.',
  async run(run) {
    const [forDigits, forClothes] = run.key.split(2);
    const digits = await priorsOf({ ...run, key: forDigits }, sizes[run.scale], await mnist());
    if (run.scale === 'quick') return digits;
    const clothes = await priorsOf({ ...run, key: forClothes }, sizes.full, await fashionMnist());
    return {
      rows: [...digits.rows, ...clothes.rows],
      checks: [...digits.checks, ...clothes.checks],
      pictures: { ...digits.pictures, ...clothes.pictures },
    };
  },
};

/** What is found of a prior. */
interface Found {
  readonly kind: PriorKind;
  readonly latent: number;
  /** Distances of sets of drawn images from the reference. */
  readonly drawn: readonly number[];
  /** The same of reference images that went through the model. */
  readonly redrawn: number;
  /** A bound of -log p(x) of the reference, nats. */
  readonly bound: number;
  readonly picture: Html;
}

/** The experiment at any size, on square images of classes. */
export async function priorsOf(run: Run, size: Size, data: Dataset): Promise<Findings> {
  const [forJudge, forModels] = run.key.split(2);
  const part = (split: Split, most: number) =>
    split.slice(0, Math.min(most, split.length)).transform({ x: times(1 / levels) });
  const parts = {
    train: part(data.train, size.train),
    validation: part(data.validation, size.validation),
    reference: part(data.test, size.reference),
  };
  run.say(`${data.name}: the classifier by whose features images are compared`);
  const { right, found } = await withImageJudge(
    ...([forJudge, parts, size.seeing, run.control] as const),
    async (judge) => {
      const items = size.latents.flatMap((latent) => kinds.map((kind) => ({ latent, kind })));
      const found = await inTurn(forModels, items, (key, { latent, kind }) => {
        run.say(`${data.name}, ${latent} latents: ${priorKinds[kind]}`);
        return study({ ...run, key }, size, parts, { latent, kind }, judge);
      });
      return { right: judge.right, found };
    },
  );
  return {
    rows: [
      unpublishedRow(
        `${data.name}, the classifier whose features are compared`,
        `share of ${right.length} test images whose class it finds`,
        ...([share(right), 'not in the source'] as const),
      ),
      ...found.flatMap((each) => rowsOf(each, size, data.name)),
    ],
    checks: size.latents.flatMap((latent) =>
      checksOf(
        found.filter((each) => each.latent === latent),
        `${data.name}, ${latent} latents`,
      ),
    ),
    pictures: Object.fromEntries(
      found.map(({ kind, latent, picture }) => [
        `diffusion-prior-${data.name.toLowerCase()}-${latent}-${kind}.svg`,
        picture,
      ]),
    ),
  };
}

function study(
  run: Run,
  size: Size,
  { train, validation, reference }: Readonly<Record<'train' | 'validation' | 'reference', Split>>,
  { latent, kind }: Pick<Found, 'latent' | 'kind'>,
  judge: ImageJudge,
): Promise<Found> {
  const [forModel, forJudging] = run.key.split(2);
  const side = Math.sqrt(train.features);
  const shape = { image: [side, side, 1], channels: size.channels } as const;
  const build = (key: Key): VAE => {
    const [forNetworks, forPrior] = key.split(2);
    return vae(forNetworks, {
      likelihood: gaussian(train.features, { variance: 'learned', scale: 0.3 }),
      ...{ latent, prior: (posterior) => priorOf(forPrior, kind, posterior, train, size.priors) },
      ...{ encoder: convolutionalEncoder(shape), decoder: convolutionalDecoder(shape) },
      objective: elbo(),
    });
  };
  return withTrained(
    forModel,
    build,
    { train, validation },
    size.recipe,
    run.control,
    async (model) => {
      const [forBound, forRedrawn, forPicture, ...forSets] = forJudging.split(3 + size.sets);
      const { x } = reference.batch();
      const distanceOf = async (images: Tensor) => {
        try {
          return await judge.distance(images);
        } finally {
          images.dispose();
        }
      };
      const drawn: number[] = [];
      for (const key of forSets) drawn.push(await distanceOf(draw(key, model, reference.length)));
      const redrawn = await distanceOf(model.reconstruct(forRedrawn!, x));
      const loss = model.loss({ x }, forBound!);
      const [bound] = await loss.data();
      const examples = draw(forPicture!, model, shown ** 2) as tf.Tensor2D;
      const picture = imagePicture(await examples.array(), {
        ...{ height: side, width: side, perRow: shown },
        label: `Images drawn by an auto-encoder of ${latent} latents: ${priorKinds[kind]}`,
      });
      tf.dispose([x, loss, examples]);
      return { kind, latent, drawn, redrawn, bound: bound!, picture };
    },
  );
}

/** Means of p(x | z) at draws of the prior. */
function draw(key: Key, model: VAE, count: number): Tensor {
  return tf.tidy(() => model.likelihoodAt(model.prior.sample(key, [count])).mean!());
}

function rowsOf({ kind, latent, drawn, redrawn, bound }: Found, size: Size, images: string): Row[] {
  const row = unpublishedRow.bind(null, `${images}, ${latent} latents, ${priorKinds[kind]}`);
  const distance = (of: string) => `Fréchet distance of ${size.reference} ${of}`;
  const note =
    'features of a classifier trained here, not of Inception; the source has CelebA and CIFAR-10';
  return [
    row(distance('drawn images'), estimate(drawn), `${note}${inSource(kind, latent)}`),
    row(distance('test images, encoded and decoded'), redrawn, note),
    row('test bound of -log p(x), nats', bound, 'pixels from 0 to 1; not in the source'),
  ];
}

/** What the source has for a prior at so many latents. */
function inSource(kind: PriorKind, latent: number): string {
  const [faces, objects] = [published.celebA, published.cifar10].map(
    (data: Partial<Record<PriorKind, Readonly<Record<number, number>>>>) => data[kind]?.[latent],
  );
  return faces === undefined ? '' : `, with distances of ${faces} and ${objects}`;
}

function checksOf(found: readonly Found[], where: string): Check[] {
  const distance = Object.fromEntries(
    found.map(({ kind, drawn }) => [kind, estimate(drawn)]),
  ) as Record<PriorKind, ReturnType<typeof estimate>>;
  const better = kinds
    .filter((kind) => kind !== 'normal')
    .map((kind) =>
      above(
        `${where}: images drawn by ${priorKinds[kind]} are closer to the data than by a normal prior`,
        difference(distance.normal, distance[kind]),
      ),
    );
  const between = Math.abs(distance.flow.mean - distance.diffusion.mean);
  const left = between / (distance.normal.mean - distance.flow.mean);
  return [
    ...better,
    {
      claim: `${where}: flow and diffusion prior are close to each other: what is between them, of what is between normal and flow prior`,
      ...{ value: left, threshold: 0.2, holds: left >= 0 && left < 0.2 },
    },
  ];
}
