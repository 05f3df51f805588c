import {
  celebA,
  cifar10,
  type Dataset,
  fashionMnist,
  mnist,
  type Split,
  scale as times,
} from '@pushforward/datasets';
import { latentPriors } from '../published.js';
import { type FeatureSize, type ImageShape, withImageJudge } from '../studies/imageFeatures.js';
import { imagesAtHand } from '../studies/imagesAtHand.js';
import { inTurn } from '../studies/inTurn.js';
import { type AutoEncoderSize, type FoundOfPrior, studyOfPrior } from '../studies/latentPriors.js';
import { type PriorKind, priorKinds } from '../studies/priorKinds.js';
import { difference, estimate, share } from '../studies/score.js';
import { above, unpublishedRow } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
interface Size extends AutoEncoderSize {
  /** Images of an epoch, to choose weights by, and to be like; all that there are where they are fewer. */
  readonly train: number;
  readonly validation: number;
  readonly reference: number;
  readonly latents: readonly number[];
  readonly seeing: FeatureSize;
}

/** Images that priors are compared on. */
export interface ImageStudy {
  readonly data: () => Promise<Dataset>;
  /** Whether the study is left out where its images cannot be had. */
  readonly optional: boolean;
  readonly image: ImageShape;
  /** The level of white, or of full light. */
  readonly levels: number;
  /** Figures of the source, which are of Inception features. */
  readonly published?: Published;
  /** What is claimed: that learned priors are better, and that flow and diffusion are close. */
  readonly claims: readonly ('better' | 'close')[];
  readonly size: Size;
}

/** Distances by numbers of latents. */
type Published = Readonly<Partial<Record<PriorKind, Readonly<Record<number, number>>>>>;

const quick: Size = {
  ...{ train: 6000, validation: 500, reference: 1000, latents: [40, 100, 200], channels: [8, 16] },
  priors: { hidden: [64, 64], components: 50, steps: 50 },
  recipe: { epochs: 10, batchSize: 100, learningRate: 2e-3 },
  seeing: {
    ...{ channels: [8, 16], features: 32 },
    recipe: { epochs: 4, batchSize: 100, learningRate: 3e-3 },
  },
  sets: 3,
};

/** The source's latents, rate and best epoch on validation, and passes of hours. */
const full: Size = {
  ...{ train: 50_000, validation: 2000, reference: 10_000, latents: [40, 100, 200] },
  channels: [32, 64],
  priors: { hidden: [128, 128, 128], components: 500, steps: 100 },
  recipe: { epochs: 50, batchSize: 128, learningRate: 5e-4 },
  seeing: {
    ...{ channels: [16, 32], features: 64 },
    recipe: { epochs: 10, batchSize: 128, learningRate: 1e-3 },
  },
  sets: 3,
};

const grey = {
  ...{ optional: false, levels: 255 },
  image: [28, 28, 1],
  claims: ['better', 'close'],
} satisfies Partial<ImageStudy>;
const colour = { optional: true, levels: 255 };

/** Images in colour take the layers of DCGAN. */
const studies: Record<Run['scale'], readonly ImageStudy[]> = {
  quick: [
    { ...grey, data: () => mnist(), size: quick },
    { ...grey, data: () => fashionMnist(), size: quick },
  ],
  full: [
    { ...grey, data: () => mnist(), size: full },
    { ...grey, data: () => fashionMnist(), size: full },
    {
      ...{ ...colour, data: () => cifar10(), published: latentPriors.cifar10 },
      image: [32, 32, 3],
      // There learned priors are no better than the normal one, in the source too.
      claims: [],
      size: { ...full, channels: [64, 128, 256] },
    },
    {
      ...{ ...colour, data: () => celebA(), published: latentPriors.celebA },
      image: [64, 64, 3],
      claims: ['better'],
      size: { ...full, reference: 2000, channels: [64, 128, 256, 512] },
    },
  ],
};

const kinds = Object.keys(priorKinds) as PriorKind[];

/** Priors of one auto-encoder, trained with it. */
export const diffusionPrior: Experiment = {
  name: 'diffusion-prior',
  source: latentPriors.source,
  summary:
    'Auto-encoders with normal, flow, mixture and diffusion priors: images drawn by learned priors are more like the data.',
  run: (run) => priorsOn(run, studies[run.scale]),
};

/** The experiment on any images. */
export async function priorsOn(run: Run, studies: readonly ImageStudy[]): Promise<Findings> {
  const found = await inTurn(run.key, studies, async (key, study) => {
    const data = study.optional ? await imagesAtHand(study.data, run.say) : await study.data();
    return data && priorsOf({ ...run, key }, study, data);
  });
  const all = found.filter((one) => one !== undefined);
  return {
    rows: all.flatMap(({ rows }) => rows),
    checks: all.flatMap(({ checks }) => checks),
    pictures: Object.assign({}, ...all.map(({ pictures }) => pictures)) as Findings['pictures'],
  };
}

async function priorsOf(run: Run, study: ImageStudy, data: Dataset): Promise<Findings> {
  const { image, levels, size } = study;
  const { name } = data;
  const [forJudge, forModels] = run.key.split(2);
  const part = (split: Split, most: number) =>
    split.slice(0, Math.min(most, split.length)).transform({ x: times(1 / levels) });
  const parts = {
    train: part(data.train, size.train),
    validation: part(data.validation, size.validation),
    reference: part(data.test, size.reference),
  };
  run.say(`${name}: the classifier by whose features images are compared`);
  return withImageJudge(forJudge, image, parts, size.seeing, run.control, async (judge) => {
    const items = size.latents.flatMap((latent) => kinds.map((kind) => ({ latent, kind })));
    const found = await inTurn(forModels, items, (key, latents) => {
      run.say(`${name}, ${latents.latent} latents: ${priorKinds[latents.kind]}`);
      return studyOfPrior(key, image, parts, latents, size, judge, run.control);
    });
    const seen = unpublishedRow(
      `${name}, the classifier whose features are compared`,
      `share of ${judge.right.length} test images whose ${judge.finds} it finds`,
      share(judge.right),
      'not in the source',
    );
    const of = (latent: number) => found.filter((each) => each.latent === latent);
    return {
      rows: [seen, ...found.flatMap((each) => rowsOf(each, study, name, parts.reference.length))],
      checks: size.latents.flatMap((latent) =>
        checksOf(of(latent), study.claims, `${name}, ${latent} latents`),
      ),
      pictures: Object.fromEntries(
        found.map(({ kind, latent, picture }) => [
          `diffusion-prior-${name.toLowerCase()}-${latent}-${kind}.svg`,
          picture,
        ]),
      ),
    };
  });
}

function rowsOf(
  { kind, latent, drawn, redrawn, bound }: FoundOfPrior,
  { published }: ImageStudy,
  images: string,
  reference: number,
): Row[] {
  const row = unpublishedRow.bind(null, `${images}, ${latent} latents, ${priorKinds[kind]}`);
  const distance = (of: string) => `Fréchet distance of ${reference} ${of}`;
  const note = 'features of a classifier trained here, not of Inception';
  const elsewhere = `${note}; the source has CelebA and CIFAR-10`;
  const drawings = row(
    distance('drawn images'),
    estimate(drawn),
    published ? note : `${elsewhere}${inSource(kind, latent)}`,
  );
  return [
    { ...drawings, published: published?.[kind]?.[latent] ?? null },
    row(distance('test images, encoded and decoded'), redrawn, published ? note : elsewhere),
    row('test bound of -log p(x), nats', bound, 'pixels from 0 to 1; not in the source'),
  ];
}

/** What the source has for a prior at so many latents. */
function inSource(kind: PriorKind, latent: number): string {
  const [faces, objects] = [latentPriors.celebA, latentPriors.cifar10].map(
    (data: Published) => data[kind]?.[latent],
  );
  return faces === undefined ? '' : `, with distances of ${faces} and ${objects}`;
}

function checksOf(
  found: readonly FoundOfPrior[],
  claims: ImageStudy['claims'],
  where: string,
): Check[] {
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
  const close = {
    claim: `${where}: flow and diffusion prior are close to each other: what is between them, of what is between normal and flow prior`,
    ...{ value: left, threshold: 0.2, holds: left >= 0 && left < 0.2 },
  };
  return [
    ...(claims.includes('better') ? better : []),
    ...(claims.includes('close') ? [close] : []),
  ];
}
