import { type Dataset, type Split, scale as times } from '@pushforward/datasets';
import type { Key } from '@pushforward/tensors';
import { gaussian, perceptron, type VAE, vae } from '@pushforward/vae';
import { asClassGivenPixels, classifier, classLogProbs, likeliest } from './classifier.js';
import type { Kind } from './faultySensors.js';
import { type Control, type Recipe, withTrained } from './learn.js';
import { type TypedScores, typedScores } from './typedScores.js';

/** How much is computed. */
export interface ImageSize {
  /** Images to learn from, and to judge by. */
  readonly train: number;
  readonly test: number;
  /** Of the classifier, and of the auto-encoders. */
  readonly channels: readonly number[];
  readonly hidden: readonly number[];
  readonly latent: number;
  readonly recipe: Recipe;
}

/** What a classifier and two auto-encoders say of test images. */
export interface Doubted {
  /** Whether the classifier finds the right class likeliest. */
  readonly right: readonly boolean[];
  /** Its log-loss, -log p(class | pixels). */
  readonly losses: readonly number[];
  readonly scores: Readonly<Record<Kind, TypedScores>>;
}

const levels = 255;
/** Of the likelihood: -log p is then the squared error and a constant, the usual loss of images. */
const scale = Math.SQRT1_2;
/** Images that weights are chosen by. */
const judges = 500;

/** Trains a classifier, an auto-encoder, and an auto-encoder given the class, and scores test images by all of them. */
export async function doubtedImages(
  key: Key,
  data: Dataset,
  size: ImageSize,
  control: Control,
): Promise<Doubted> {
  const [forClassifier, forPlain, forConditional, forScores] = key.split(4);
  const part = (split: Split, most: number) =>
    split.slice(0, Math.min(most, split.length)).transform({ x: times(1 / levels) });
  const train = part(data.train, size.train);
  const validation = part(data.validation, judges);
  const test = part(data.test, size.test);
  const { name, classes } = test.target!;

  const { hidden, latent, channels } = size;
  const side = Math.sqrt(test.features);
  const logProbs = await withTrained(
    forClassifier,
    (key) => classifier(key, { side, classes: classes!.length, channels }),
    { train: asClassGivenPixels(train), validation: asClassGivenPixels(validation) },
    { ...size.recipe, epochs: Math.ceil(size.recipe.epochs / 2) },
    control,
    (law) => classLogProbs(law, test, classes!.length),
  );
  const scoresBy = (key: Key, context: number, view: (images: Split) => Split) =>
    withTrained(
      key,
      (key): VAE =>
        vae(key, {
          likelihood: gaussian(test.features, { variance: 'fixed', scale }),
          ...{ latent, context, encoder: perceptron(hidden), decoder: perceptron(hidden) },
        }),
      { train: view(train), validation: view(validation) },
      size.recipe,
      control,
      (model) => typedScores(forScores, model, view(test)),
    );
  const { labels } = test;
  return {
    right: likeliest(logProbs).map((found, i) => found === labels[i]),
    losses: logProbs.map((row, i) => -row[labels[i]!]!),
    scores: {
      plain: await scoresBy(forPlain, 0, (images) => images),
      conditional: await scoresBy(forConditional, classes!.length, (images) =>
        images.given([name]),
      ),
    },
  };
}
