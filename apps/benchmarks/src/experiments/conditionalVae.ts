import { type Dataset, mnist, type Split, scale as times } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import { bernoulli, perceptron, type VAE, vae } from '@pushforward/vae';
import { imagePicture } from '../charts/images.js';
import type { Rows } from '../charts/pairs.js';
import { course } from '../published.js';
import type { Html } from '../report/html.js';
import { drawnOnce, redrawn } from '../studies/blackAndWhite.js';
import {
  alongTrait,
  type Drawings,
  drawAsAsked,
  drawAsOthers,
  everyClass,
  grid,
} from '../studies/classDrawings.js';
import { asClassGivenPixels, classifier, classLogProbs, likeliest } from '../studies/classifier.js';
import { descriptionBy, traits } from '../studies/handwriting.js';
import { type Recipe, withTrained } from '../studies/learn.js';
import { estimate, share } from '../studies/score.js';
import { toRows } from '../studies/study.js';
import { unpublishedRow } from './claims.js';
import type { Experiment, Findings, Run } from './experiment.js';
import type { Check, Row } from './result.js';

/** How much is computed. */
export interface Size {
  /** The level of black. */
  readonly black: number;
  /** Images of an epoch, and to be asked for. */
  readonly train: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly latent: number;
  /** Of the classifier. */
  readonly channels: readonly number[];
  readonly recipe: Recipe;
}

/** With few latents the class is needed; with ten of them they tell it too, and drawings obey it less. */
const sizes: Record<Run['scale'], Size> = {
  quick: {
    ...{ black: 255, train: 20_000, test: 2000, hidden: [200, 200], latent: 3, channels: [8, 16] },
    recipe: { epochs: 8, batchSize: 80, learningRate: 3e-3 },
  },
  full: {
    ...{ black: 255, train: 50_000, test: 10_000, hidden: [400, 400], latent: 5 },
    channels: [16, 32],
    recipe: { epochs: 60, batchSize: 128, learningRate: 1e-3 },
  },
};

/** Images that weights are chosen by. */
const judges = 500;
/** Rows of pictures that have a column for each class. */
const perClass = 8;
/** Columns of the others, and how many standard deviations the first and the last are from the mean. */
const along = { steps: 9, reach: 2 };

/** A generator of digits that is told which digit, how much ink and how much slant. */
export const conditionalVae: Experiment = {
  name: 'conditional-vae',
  source: {
    document: course,
    item: 'conditional variational auto-encoders, "The power of Bayes rule"',
  },
  summary:
    'A conditional auto-encoder draws the class and the traits that are asked for, and redraws an image as another class.',
  run: async (run) => digitsOf(run, sizes[run.scale], await mnist()),
};

/** The experiment at any size, on square images of classes. */
export async function digitsOf(run: Run, size: Size, data: Dataset): Promise<Findings> {
  const [forPixels, forModel, forDrawing, forClassifier] = run.key.split(4);
  const part = (split: Split, most: number) => split.slice(0, Math.min(most, split.length));
  const train = part(data.train, size.train);
  const validation = part(data.validation, judges);
  const test = part(data.test, size.test);
  const description = descriptionBy(train);
  const black = (key: Key, images: Split) => drawnOnce(key, description.of(images), size.black);
  const [forValidation, forTest] = forPixels.split(2);

  run.say('The generator, given class, ink and slant');
  const drawn = await withTrained(
    forModel,
    (key) => modelOf(key, test, size),
    {
      train: redrawn(description.of(train), size.black),
      validation: await black(forValidation, validation),
    },
    size.recipe,
    run.control,
    async (model) => draw(forDrawing, model, await black(forTest, test)),
  );
  run.say('The classifier that judges');
  const seen = await judge(forClassifier, { train, validation, test }, drawn, size, run);
  const asked = description.traitsOf(test);
  const [own, others] = [drawn.asAsked, drawn.asOthers].map((drawings) =>
    correlations(
      asked,
      description.traitsOf({
        x: drawings.x.map((grey) => grey * size.black),
        features: test.features,
      }),
    ),
  ) as [number[], number[]];
  return {
    rows: [
      shareRow('test images: their class is found by the classifier', seen.test),
      shareRow('drawn: the class that was asked for is found', seen.asAsked),
      shareRow('redrawn as another class: that class is found', seen.asOthers),
      ...traits.flatMap((trait, i) => [
        correlationRow(`drawn: ${trait} as asked and as measured`, own[i]!),
        correlationRow(`redrawn as another class: ${trait} as before and as measured`, others[i]!),
      ]),
    ],
    checks: checksOf(seen, [...own, ...others]),
    pictures: drawn.pictures,
  };
}

function modelOf(key: Key, { features, target }: Split, { hidden, latent }: Size): VAE {
  return vae(key, {
    likelihood: bernoulli(features),
    ...{ latent, context: target!.classes!.length + traits.length },
    ...{ encoder: perceptron(hidden), decoder: perceptron(hidden) },
  });
}

async function draw(key: Key, model: VAE, test: Split) {
  const [forAsked, forOthers, forPictures] = key.split(3);
  const [forGrid, forTraits, forRows] = forPictures.split(3);
  const classes = test.target!.classes!.length;
  const side = Math.sqrt(test.features);
  const picture = (images: Rows, perRow: number, label: string) =>
    imagePicture(images, { height: side, width: side, perRow, label });
  const pictures: Record<string, Html> = {
    'conditional-vae.svg': picture(
      await grid(forGrid, model, perClass, test),
      classes,
      'Drawings, a column for each class',
    ),
    'conditional-vae-redrawn.svg': picture(
      await everyClass(forRows, model, test.slice(0, Math.min(perClass, test.length))),
      classes + 1,
      'Test images, each followed by itself as every class',
    ),
  };
  for (const trait of traits)
    pictures[`conditional-vae-${trait}.svg`] = picture(
      await alongTrait(forTraits, model, trait, { ...along, classes }),
      along.steps,
      `The same latents with more and more ${trait}`,
    );
  return {
    asAsked: await drawAsAsked(forAsked, model, test),
    asOthers: await drawAsOthers(forOthers, model, test),
    pictures,
  };
}

type Parts = Readonly<Record<'train' | 'validation' | 'test', Split>>;
type Seen = Readonly<Record<'test' | 'asAsked' | 'asOthers', readonly boolean[]>>;

/** Whether a classifier that has learned from real images alone finds the class of test images and of drawings. */
function judge(
  key: Key,
  { train, validation, test }: Parts,
  drawn: Readonly<Record<'asAsked' | 'asOthers', Drawings>>,
  { black, channels, recipe }: Size,
  { control }: Run,
): Promise<Seen> {
  const { features } = test;
  const classes = test.target!.classes!.length;
  const grey = (images: Split) => images.transform({ x: times(1 / black) });
  const lessons = (images: Split) => asClassGivenPixels(grey(images));
  return withTrained(
    key,
    (key) => classifier(key, { side: Math.sqrt(features), classes, channels }),
    { train: lessons(train), validation: lessons(validation) },
    { ...recipe, epochs: Math.ceil(recipe.epochs / 2) },
    control,
    async (law): Promise<Seen> => {
      const found = async (x: Float32Array, labels: ArrayLike<number>) =>
        likeliest(await classLogProbs(law, { x, features }, classes)).map(
          (label, i) => label === labels[i],
        );
      return {
        test: await found(grey(test).x, test.labels),
        asAsked: await found(drawn.asAsked.x, drawn.asAsked.labels),
        asOthers: await found(drawn.asOthers.x, drawn.asOthers.labels),
      };
    },
  );
}

/** The correlation of each trait over two lists of images. */
function correlations(a: Float32Array, b: Float32Array): number[] {
  const [first, second] = [a, b].map((numbers) => toRows(numbers, traits.length)) as [Rows, Rows];
  return traits.map((_, j) => {
    const columns = [first, second].map((rows) => rows.map((row) => row[j]!)) as [
      number[],
      number[],
    ];
    const [mean, other] = columns.map((column) => estimate(column).mean) as [number, number];
    const sum = (f: (x: number, y: number) => number) =>
      columns[0].reduce((total, x, i) => total + f(x - mean, columns[1][i]! - other), 0);
    return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
  });
}

function shareRow(label: string, right: readonly boolean[]): Row {
  const note = 'the source shows faces and drawings of one, and gives no figure';
  return unpublishedRow(label, `share of ${right.length}`, share(right), note);
}

function correlationRow(label: string, value: number): Row {
  const note = 'ink is the mean grey, slant the shear that would straighten the strokes';
  return unpublishedRow(label, 'correlation', value, note);
}

function checksOf(seen: Seen, found: readonly number[]): Check[] {
  const moreThan = (claim: string, value: number, threshold: number): Check => ({
    ...{ claim, value, threshold, holds: value > threshold },
  });
  const right = (which: keyof Seen) => share(seen[which]).mean;
  return [
    moreThan(
      'A classifier finds the class that was asked for in more than 85 of 100 drawings',
      right('asAsked'),
      0.85,
    ),
    moreThan(
      'An image redrawn from its latents as another class is taken for that class, more than 70 of 100 times',
      right('asOthers'),
      0.7,
    ),
    moreThan(
      'Drawings have the ink and the slant that were asked for: the least correlation',
      Math.min(...found),
      0.8,
    ),
  ];
}
