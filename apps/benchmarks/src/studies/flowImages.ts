import { type Dataset, type Split, scale } from '@pushforward/datasets';
import { bitsPerDimension } from '@pushforward/metrics';
import type { Key } from '@pushforward/tensors';
import type { TrainingData } from '@pushforward/training';
import {
  bernoulli,
  discretisedLogistic,
  elbo,
  type Family,
  perceptron,
  vae,
} from '@pushforward/vae';
import type { Run } from '../experiments/experiment.js';
import { drawnOnce, redrawn } from './blackAndWhite.js';
import { boundOf } from './bounds.js';
import { type Recipe, usualAdam, withTrained } from './learn.js';
import {
  type ByKind,
  ofEachKind,
  type PosteriorSize,
  posteriorKinds,
  posteriorOf,
} from './posteriorKinds.js';

/** Images that auto-encoders with posteriors of each kind learn from. */
export interface ImageStudy {
  readonly data: (key: Key) => Promise<Dataset>;
  /** What the figures of the source are of, where it has these images or others like them. */
  readonly published?: 'mnist' | 'freyFaces' | 'omniglot';
  /** How the images or the models differ from those of the source. */
  readonly note: string;
  /** Whether it is claimed that the bound of UMNN-MAF leaves less than that of a normal law. */
  readonly claim: boolean;
  /** Pixels drawn black or white with the chance of their grey, or greys of so many levels as they are. */
  readonly pixels: 'ink' | 'grey';
  /** The level of black, where paper is 0. */
  readonly black: number;
  /** Images of an epoch, to choose weights by, and to judge by; all that there are where they are fewer. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly hidden: readonly number[];
  readonly latent: number;
  readonly flows: PosteriorSize;
  readonly recipe: Recipe;
  /** Draws for each image that its likelihood is estimated with, and bounds of one draw whose mean is its bound. */
  readonly draws: number;
  readonly bounds: number;
}

/** What is found of a test image by an auto-encoder whose decoder is learned with the posterior. */
interface Judged {
  /** The evidence lower bound, and log p(x) by importance sampling, in nats. */
  readonly bound: readonly number[];
  readonly likelihood: readonly number[];
}

/** What a study found. */
export interface FoundOfImages {
  readonly study: ImageStudy;
  /** What the images are called. */
  readonly name: string;
  /** Pixels of an image. */
  readonly features: number;
  readonly judged: ByKind<Judged>;
}

/** So many rows go through at once. */
const rowsAtOnce = 1000;

/** Auto-encoders of each kind, all from the same key: the same start of encoder and decoder, the same batches. */
export async function judgedOnImages(
  run: Run,
  study: ImageStudy,
  data: Dataset,
): Promise<FoundOfImages> {
  const { hidden, latent, flows, draws, bounds } = study;
  const learning = { ...study.recipe, adam: usualAdam };
  const { name, test: split } = data;
  const [forModels, forParts, forJudging] = run.key.split(3);
  const { train, validation, test } = await partsOf(forParts, study, data);
  const { x } = test.batch();
  const judged = await ofEachKind((kind) => {
    run.say(`Posteriors of ${name}: ${posteriorKinds[kind]}`);
    const build = (key: Key) => {
      const [forFlow, forNetworks] = key.split(2);
      return vae(forNetworks, {
        likelihood: likelihoodOf(study, split.features),
        posterior: posteriorOf(forFlow, kind, latent, flows),
        ...{ encoder: perceptron(hidden, 'tanh'), decoder: perceptron(hidden, 'tanh') },
        objective: elbo(),
      });
    };
    const parts = { train, validation };
    return withTrained(forModels, build, parts, learning, run.control, async (model) => ({
      bound: await boundOf(forJudging, model, x, 1, bounds, rowsAtOnce),
      likelihood: await boundOf(forJudging, model, x, draws, 1),
    }));
  });
  x.dispose();
  return { study, name, features: split.features, judged };
}

/** A value of a study in its unit, less being better: nats of ink, bits per dimension of greys. */
export function costOf({ study, features }: FoundOfImages, nats: number): number {
  return study.pixels === 'ink' ? -nats : bitsPerDimension(nats, features, 1);
}

function likelihoodOf({ pixels, black }: ImageStudy, features: number): Family {
  return pixels === 'ink'
    ? bernoulli(features)
    : discretisedLogistic(features, { levels: black + 1 });
}

async function partsOf(key: Key, { pixels, black, ...most }: ImageStudy, data: Dataset) {
  const [forValidation, forTest] = key.split(2);
  const length = Math.min(most.train, data.train.length);
  if (pixels === 'ink')
    return {
      train: redrawn(data.train, black, length),
      validation: await drawnOnce(forValidation, data.validation, black, most.validation),
      test: await drawnOnce(forTest, data.test, black, most.test),
    };
  const levels = scale(1 / black);
  const few = (split: Split, count: number) =>
    split.slice(0, Math.min(count, split.length)).transform({ x: levels });
  return {
    train: someOf(data.train.transform({ x: levels }), length),
    validation: few(data.validation, most.validation),
    test: few(data.test, most.test),
  };
}

/** So many rows, chosen anew for every epoch. */
function someOf(train: Split, length: number): TrainingData {
  return {
    length,
    batches(key, size) {
      const [forChoice, forOrder] = key.split(2);
      const chosen = train.subset(forChoice.permutation(train.length).slice(0, length));
      return chosen.batches(forOrder, size);
    },
  };
}
