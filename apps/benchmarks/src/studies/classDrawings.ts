import type { Split } from '@pushforward/datasets';
import type { Key, Tensor } from '@pushforward/tensors';
import type { VAE } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import type { Rows } from '../charts/pairs.js';
import { type Asked, meanImages } from './drawing.js';
import { contexts, traits } from './handwriting.js';
import { toRows } from './study.js';

/** Drawings of a conditional model, and the classes that were asked for. */
export interface Drawings {
  readonly x: Float32Array;
  readonly labels: readonly number[];
}

/** Draws each class with the traits of a test image, from latents of the prior. */
export async function drawAsAsked(key: Key, model: VAE, test: Split): Promise<Drawings> {
  const z = model.prior.sample(key, [test.length]);
  return { x: await meanImages(model, z, test.context!), labels: [...test.labels] };
}

/** Draws each test image as another class, from its latents under the posterior, with its own traits. */
export async function drawAsOthers(key: Key, model: VAE, test: Split): Promise<Drawings> {
  const classes = test.target!.classes!.length;
  const labels = [...test.labels].map((label, i) => (label + 1 + (i % (classes - 1))) % classes);
  const asked = contexts(labels, traitsIn(test), classes);
  return { x: await meanImages(model, posteriorDraw(key, model, test), asked), labels };
}

/** So many images of each class, each with the traits of a test image of the class: rows of one image of each class. */
export async function grid(key: Key, model: VAE, rows: number, test: Split): Promise<Rows> {
  const classes = test.target!.classes!.length;
  const members = Array.from({ length: classes }, (_, label) =>
    [...test.labels.keys()].filter((i) => test.labels[i] === label),
  );
  const chosen = Array.from({ length: rows * classes }, (_, i) => {
    const own = members[i % classes]!;
    return own[Math.floor(i / classes) % own.length]!;
  });
  const asked = test.subset(chosen).context!;
  return asRows(model, model.prior.sample(key, [chosen.length]), asked);
}

/** One row for each class, in which a trait grows from -reach to reach standard deviations and nothing else changes. */
export async function alongTrait(
  key: Key,
  model: VAE,
  trait: (typeof traits)[number],
  { steps, reach, classes }: { steps: number; reach: number; classes: number },
): Promise<Rows> {
  const labels = Array.from({ length: classes * steps }, (_, i) => Math.floor(i / steps));
  const own = new Float32Array(labels.length * traits.length);
  labels.forEach((_, i) => {
    own[traits.length * i + traits.indexOf(trait)] = reach * ((2 * (i % steps)) / (steps - 1) - 1);
  });
  return asRows(
    model,
    eachTimes(model.prior.sample(key, [classes]), steps),
    contexts(labels, own, classes),
  );
}

/** Test images, one a row, each followed by itself as every class. */
export async function everyClass(key: Key, model: VAE, images: Split): Promise<Rows> {
  const classes = images.target!.classes!.length;
  const labels = Array.from({ length: images.length * classes }, (_, i) => i % classes);
  const own = traitsIn(images);
  const repeated = Float32Array.from({ length: labels.length * traits.length }, (_, i) => {
    const image = Math.floor(i / (traits.length * classes));
    return own[image * traits.length + (i % traits.length)]!;
  });
  const z = eachTimes(posteriorDraw(key, model, images), classes);
  const drawn = await asRows(model, z, contexts(labels, repeated, classes));
  return toRows(images.x, images.features).flatMap((image, i) => [
    image,
    ...drawn.slice(i * classes, (i + 1) * classes),
  ]);
}

async function asRows(model: VAE, z: Tensor, asked: Asked): Promise<Rows> {
  const x = await meanImages(model, z, asked);
  return toRows(x, model.eventShape[0]!);
}

function posteriorDraw(key: Key, model: VAE, images: Split): Tensor {
  return tf.tidy(() => {
    const { x, context } = images.batch();
    return model.posteriorAt(x, context).sample(key);
  });
}

/** Each row so many times. */
function eachTimes(z: Tensor, times: number): Tensor {
  const repeated = tf.tidy(() => {
    const [rows, size] = z.shape as [number, number];
    return tf.reshape(tf.tile(tf.expandDims(z, 1), [1, times, 1]), [rows * times, size]);
  });
  z.dispose();
  return repeated;
}

/** The traits of images as their contexts have them. */
function traitsIn({ context, length }: Split): Float32Array {
  const { x, features } = context!;
  return Float32Array.from({ length: length * traits.length }, (_, i) => {
    const image = Math.floor(i / traits.length);
    return x[(image + 1) * features - traits.length + (i % traits.length)]!;
  });
}
