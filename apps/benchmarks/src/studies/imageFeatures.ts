import type { Split } from '@pushforward/datasets';
import { conditional } from '@pushforward/distributions';
import { frechetDistance } from '@pushforward/metrics';
import { activation, Linear, Network } from '@pushforward/nn';
import type { Key, Tensor } from '@pushforward/tensors';
import { categorical, convolutionalEncoder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { asClassGivenPixels, classLogProbs, likeliest } from './classifier.js';
import { type Control, type Recipe, withTrained } from './learn.js';

/** Of the network that sees. */
export interface FeatureSize {
  readonly channels: readonly number[];
  /** Numbers that an image becomes. */
  readonly features: number;
  readonly recipe: Recipe;
}

/** Images that go through the network together. */
const block = 500;

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
  /** Whether the classifier finds the class of each reference image. */
  readonly right: readonly boolean[];
}

/**
 * Trains a classifier of images and judges by the last layer before its decision. These are no Inception features: distances
 * compare with each other, not with those in print.
 *
 * @param reference images to be compared with
 */
export function withImageJudge<T>(
  key: Key,
  { train, validation, reference }: Readonly<Record<'train' | 'validation' | 'reference', Split>>,
  { channels, features, recipe }: FeatureSize,
  control: Control,
  use: (judge: ImageJudge) => Promise<T>,
): Promise<T> {
  const side = Math.sqrt(train.features);
  const classes = train.target!.classes!.length;
  const build = convolutionalEncoder({ image: [side, side, 1], channels });
  let network!: Seeing;
  return withTrained(
    key,
    (key) => {
      const [forFeatures, forClasses] = key.split(2);
      const sizes = { inputs: train.features, outputs: features };
      network = new Seeing(forClasses, build(forFeatures, sizes), classes);
      return conditional(network, categorical(1, classes));
    },
    { train: asClassGivenPixels(train), validation: asClassGivenPixels(validation) },
    recipe,
    control,
    async (law) => {
      const classesOf = async (x: Float32Array) =>
        likeliest(await classLogProbs(law, { x, features: train.features }, classes));
      const found = await classesOf(reference.x);
      const { x } = reference.batch();
      const known = featuresOf(network, x);
      try {
        return await use({
          classesOf: async (images) => classesOf((await images.data()) as Float32Array),
          right: found.map((label, i) => label === reference.labels[i]),
          async distance(images) {
            const seen = featuresOf(network, images);
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

function featuresOf(network: Seeing, images: Tensor): Tensor {
  return tf.tidy(() => {
    const count = images.shape[0];
    const blocks = Array.from({ length: Math.ceil(count / block) }, (_, i) =>
      tf.slice(images, [i * block, 0], [Math.min(block, count - i * block), -1]),
    );
    return tf.concat(blocks.map((images) => network.features(images)));
  });
}
