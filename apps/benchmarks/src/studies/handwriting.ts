import { type Preprocessing, Split, standardise } from '@pushforward/datasets';

/** What is measured of an image beside its class. */
export const traits = ['ink', 'slant'] as const;

/** Images with a context: their class, one number for each, and their traits, in standard deviations of some images. */
export interface Described {
  readonly of: (images: Split) => Split;
  /** The traits of images in the same units, two numbers each. */
  readonly traitsOf: (images: Pixels) => Float32Array;
}

/** Square images, row after row. */
type Pixels = Pick<Split, 'x' | 'features'>;

/** A description whose units are those of a training part. */
export function descriptionBy(train: Split): Described {
  const scale: Preprocessing = standardise(asTable(train));
  const traitsOf = (images: Pixels) => scale.apply(asTable(images));
  return {
    traitsOf,
    of: (images) => {
      const { name, source, x, columns } = images;
      const target = images.target!;
      const own = contexts(images.labels, traitsOf(images), target.classes!.length);
      return new Split({ name, source, x, columns, target, context: own });
    },
  };
}

/** Contexts of so many classes and traits, such as those of {@link descriptionBy}. */
export function contexts(labels: ArrayLike<number>, own: Float32Array, classes: number) {
  const features = classes + traits.length;
  const x = new Float32Array(labels.length * features);
  for (let i = 0; i < labels.length; i++) {
    x[i * features + labels[i]!] = 1;
    x.set(own.subarray(traits.length * i, traits.length * (i + 1)), i * features + classes);
  }
  return { x, features };
}

/**
 * Mean grey, and slant: the shear sum w (u - mean u)(v - mean v) / sum w (v - mean v)^2 that would straighten the ink w
 * at columns u and rows v, counted from below, so that it is positive where strokes lean to the right.
 */
function asTable({ x, features }: Pixels): Split {
  const side = Math.sqrt(features);
  const measured = Array.from({ length: x.length / features }, (_, n) => {
    const image = x.subarray(n * features, (n + 1) * features);
    const sum = (f: (u: number, v: number) => number) =>
      image.reduce((total, w, i) => total + w * f(i % side, side - 1 - Math.floor(i / side)), 0);
    const ink = sum(() => 1);
    const [u0, v0] = [sum((u) => u) / ink, sum((_, v) => v) / ink];
    const height = sum((_, v) => (v - v0) ** 2);
    return [ink / features, sum((u, v) => (u - u0) * (v - v0)) / height];
  });
  return new Split({ x: Float32Array.from(measured.flat()), columns: [...traits] });
}
