import type { Split } from '@pushforward/datasets';
import { conditional } from '@pushforward/distributions';
import { frechetDistance } from '@pushforward/metrics';
import { activation, Linear, Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import { categorical, convolutionalEncoder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { byBlocks } from './byBlocks.js';
import { asClassGivenPixels, classLogProbs, likeliest } from './classifier.js';
import { type Control, type Recipe, withTrained } from './learn.js';
import { quarterTurns } from './quarterTurns.js';

/** Height, width and colours of square images. */
export type ImageShape = readonly [height: number, width: number, colours: 1 | 3];

/** Images to learn from, to choose weights by, and to be like, all from 0 to 1. */
export type ImageParts = Readonly<Record<'train' | 'validation' | 'reference', Split>>;

/** Of the network that sees. */
export interface FeatureSize {
  readonly channels: readonly number[];
  /** Numbers that an image becomes. */
  readonly features: number;
  readonly recipe: Recipe;
}

/** Pixels -> features -> a number for each class. */
class Seeing extends Network {
  override readonly inputs: number;
  override readonly outputs: number;
  readonly last: Linear;

  constructor(
    key: Key,
    readonly convolutions: Network,
    classes: number,
  ) {
    super();
    this.inputs = convolutions.inputs;
    this.outputs = classes;
    this.last = new Linear(key, convolutions.outputs, classes);
  }

  override apply(x: Tensor): Tensor {
    return tf.tidy(() => this.last.apply(this.features(x)));
  }

  /** `[..., D]` -> `[..., F]`; not by a rectifier, which would pass no gradient to a last layer that starts at zero. */
  features(x: Tensor): Tensor {
    return tf.tidy(() => activation('elu')(this.convolutions.apply(x)));
  }
}

/** What tells how far images are from those of a reference set. */
export interface ImageJudge {
  /** The Fréchet distance of images `[N, D]` from the reference, by what the classifier sees before it decides. */
  distance(images: Tensor): Promise<number>;
  /** The class that the classifier finds in each of images `[N, D]`. */
  classesOf(images: Tensor): Promise<number[]>;
  /** What a class is. */
  readonly finds: string;
  /** Whether the classifier finds the class of each reference image. */
  readonly right: readonly boolean[];
}

/**
 * Trains a classifier of images and judges by the last layer before its decision. Images without classes are turned, and it
 * learns to tell how often. These are no Inception features: distances compare with each other, not with those in print.
 */
export function withImageJudge<T>(
  key: Key,
  image: ImageShape,
  parts: ImageParts,
  { channels, features, recipe }: FeatureSize,
  control: Control,
  use: (judge: ImageJudge) => Promise<T>,
): Promise<T> {
  const [train, validation, test] = [parts.train, parts.validation, parts.reference].map((part) =>
    part.target ? part : quarterTurns(part, image),
  ) as [Split, Split, Split];
  const { name: finds, classes } = train.target as Required<NonNullable<Split['target']>>;
  const build = convolutionalEncoder({ image, channels });
  let network!: Seeing;
  return withTrained(
    key,
    (key) => {
      const [forFeatures, forClasses] = key.split(2);
      const sizes = { inputs: train.features, outputs: features };
      network = new Seeing(forClasses, build(forFeatures, sizes), classes.length);
      return conditional(network, categorical(1, classes.length));
    },
    { train: asClassGivenPixels(train), validation: asClassGivenPixels(validation) },
    recipe,
    control,
    async (law) => {
      const classesOf = async (x: Float32Array) =>
        likeliest(await classLogProbs(law, { x, features: train.features }, classes.length));
      const found = await classesOf(test.x);
      const { x } = parts.reference.batch();
      const featuresOf = (images: Tensor) => byBlocks(images, (block) => network.features(block));
      const known = featuresOf(x);
      try {
        return await use({
          classesOf: async (images) => classesOf((await images.data()) as Float32Array),
          finds,
          right: found.map((label, i) => label === test.labels[i]),
          async distance(images) {
            const seen = featuresOf(images);
            try {
              return await frechetDistance(seen, known);
            } finally {
              seen.dispose();
            }
          },
        });
      } finally {
        tf.dispose([x, known]);
      }
    },
  );
}
