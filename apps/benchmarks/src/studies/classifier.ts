import { Split } from '@pushforward/datasets';
import { conditional, type Distribution } from '@pushforward/distributions';
import type { Key } from '@pushforward/tensors';
import { categorical, convolutionalEncoder } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';

/** Images that go through the network together. */
const block = 500;

/** The law of an image's class given its pixels, by a convolutional network: learns from {@link asClassGivenPixels}. */
export function classifier(
  key: Key,
  { side, classes, channels }: { side: number; classes: number; channels: readonly number[] },
): Distribution {
  const build = convolutionalEncoder({ image: [side, side, 1], channels });
  return conditional(build(key, { inputs: side ** 2, outputs: classes }), categorical(1, classes));
}

/** Classes in the place of images, which become what they are given. */
export function asClassGivenPixels(images: Split): Split {
  const { name, source, target, x, columns } = images;
  return new Split({
    ...{ name, source, columns: [target!.name], x: Float32Array.from(images.labels) },
    context: { x, columns, features: images.features },
  });
}

/** log p of each class for each image. */
export async function classLogProbs(
  law: Distribution,
  { x, features }: { readonly x: Float32Array; readonly features: number },
  classes: number,
): Promise<number[][]> {
  const rows: number[][] = [];
  for (let start = 0; start < x.length; start += block * features) {
    const pixels = x.subarray(start, start + block * features);
    const logProbs = tf.tidy(() => {
      const images = tf.tensor2d(pixels, [pixels.length / features, features]);
      const every = tf.reshape(tf.range(0, classes), [classes, 1, 1]);
      const asked = tf.broadcastTo(every, [classes, images.shape[0], 1]);
      return tf.transpose(law.logProb(asked, images)) as tf.Tensor2D;
    });
    rows.push(...(await logProbs.array()));
    logProbs.dispose();
  }
  return rows;
}

/** The class that each row finds likeliest. */
export function likeliest(logProbs: readonly (readonly number[])[]): number[] {
  return logProbs.map((row) => row.indexOf(Math.max(...row)));
}
