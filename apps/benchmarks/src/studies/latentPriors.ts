import { compile } from '@pushforward/compile';
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
import type { Html } from '../report/html.js';
import { byBlocks } from './byBlocks.js';
import type { ImageJudge, ImageParts, ImageShape } from './imageFeatures.js';
import { type Control, type Recipe, usualAdam, withTrained } from './learn.js';
import { type PriorKind, type PriorSize, priorKinds, priorOf } from './priorKinds.js';

/** Of an auto-encoder of images. */
export interface AutoEncoderSize {
  /** Of encoder and decoder, each at half the size of the one before. */
  readonly channels: readonly number[];
  readonly priors: PriorSize;
  readonly recipe: Recipe;
  /** Sets of images that are drawn, each as large as the reference. */
  readonly sets: number;
}

/** Which auto-encoder. */
export interface Latents {
  readonly kind: PriorKind;
  readonly latent: number;
}

/** What is found of a prior. */
export interface FoundOfPrior extends Latents {
  /** Distances of sets of drawn images from the reference. */
  readonly drawn: readonly number[];
  /** The same of reference images that went through the model. */
  readonly redrawn: number;
  /** A bound of -log p(x) of the reference, nats. */
  readonly bound: number;
  readonly picture: Html;
}

/** Columns of pictures. */
const shown = 10;

/** Trains an auto-encoder together with its prior, and judges what it draws. */
export function studyOfPrior(
  key: Key,
  image: ImageShape,
  parts: ImageParts,
  { kind, latent }: Latents,
  size: AutoEncoderSize,
  judge: ImageJudge,
  control: Control,
): Promise<FoundOfPrior> {
  const [forModel, forJudging] = key.split(2);
  const { train, validation, reference } = parts;
  const shape = { image, channels: size.channels };
  const build = (key: Key): VAE => {
    const [forNetworks, forPrior] = key.split(2);
    return vae(forNetworks, {
      likelihood: gaussian(train.features, { variance: 'learned', scale: 0.3 }),
      ...{ latent, prior: (posterior) => priorOf(forPrior, kind, posterior, train, size.priors) },
      ...{ encoder: convolutionalEncoder(shape), decoder: convolutionalDecoder(shape) },
      objective: elbo(),
    });
  };
  const data = { train, validation };
  const recipe = { ...size.recipe, adam: usualAdam };
  return withTrained(forModel, build, data, recipe, control, async (model) => {
    const [forBound, forRedrawn, forPicture, ...forSets] = forJudging.split(3 + size.sets);
    const distanceOf = async (images: Tensor) => {
      try {
        return await judge.distance(images);
      } finally {
        images.dispose();
      }
    };
    const latents = compile((key: Key) => model.prior.sample(key, [reference.length]));
    const { x } = reference.batch();
    try {
      const draw = async (key: Key) => decoded(model, await latents(key));
      const drawn: number[] = [];
      for (const key of forSets) drawn.push(await distanceOf(await draw(key)));
      const redrawn = byBlocks(x, (rows, n) => model.reconstruct(forRedrawn!.foldIn(n), rows));
      return {
        ...{ kind, latent, drawn, redrawn: await distanceOf(redrawn) },
        bound: await boundOf(forBound!, model, x),
        picture: await pictureOf(await draw(forPicture!), image, { kind, latent }),
      };
    } finally {
      latents.dispose();
      x.dispose();
    }
  });
}

/** Means of p(x | z) at latents, which are freed. */
function decoded(model: VAE, z: Tensor): Tensor {
  try {
    return byBlocks(z, (rows) => model.likelihoodAt(rows).mean!());
  } finally {
    z.dispose();
  }
}

/** The mean loss of rows. */
async function boundOf(key: Key, model: VAE, x: Tensor): Promise<number> {
  const sums = byBlocks(x, (rows, start) =>
    tf.reshape(tf.mul(rows.shape[0], model.loss({ x: rows }, key.foldIn(start))), [1]),
  );
  const values = await sums.data<'float32'>();
  sums.dispose();
  return values.reduce((total, sum) => total + sum, 0) / x.shape[0];
}

async function pictureOf(
  images: Tensor,
  [height, width, colours]: ImageShape,
  { kind, latent }: Latents,
): Promise<Html> {
  const some = tf.slice(images, 0, Math.min(shown ** 2, images.shape[0])) as tf.Tensor2D;
  const picture = imagePicture(await some.array(), {
    ...{ height, width, colours, perRow: shown },
    label: `Images drawn by an auto-encoder of ${latent} latents: ${priorKinds[kind]}`,
  });
  tf.dispose([images, some]);
  return picture;
}
