import { checkCount, type Key } from '@pushforward/tensors';
import { normals, uniforms } from '../draws.js';
import { Split } from '../split/split.js';

/** A law of points in the plane: call it for `n` independent draws. */
export interface Toy {
  (key: Key, n: number): Split;
  /** log p(x1, x2) in nats; -Infinity outside the support. */
  readonly logProb: (x1: number, x2: number) => number;
}

/** Columns of n independent draws, each from a key of its own. */
export class Draws {
  private columns = 0;

  constructor(
    private readonly key: Key,
    private readonly n: number,
  ) {
    checkCount('toys', 'the number of points', n, 1);
  }

  /** U(0, 1). */
  uniform(): Float32Array {
    return uniforms(this.next(), this.n);
  }

  /** N(0, 1). */
  normal(): Float32Array {
    return normals(this.next(), this.n);
  }

  /** Laplace(0, 1), from the middles of the cells of U(0, 1), so that its logarithms are finite. */
  laplace(): Float32Array {
    return this.uniform().map((u) => {
      const centred = u + 2 ** -24 - 0.5;
      return -Math.sign(centred) * Math.log(1 - 2 * Math.abs(centred));
    });
  }

  /** Uniform on 0 ... count - 1. */
  integer(count: number): Float32Array {
    return this.uniform().map((u) => Math.floor(u * count));
  }

  private next(): Key {
    return this.key.foldIn(this.columns++);
  }
}

/** The table of the points `point(0) ... point(n - 1)`. */
export function plane(name: string, n: number, point: (i: number) => [number, number]): Split {
  const x = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) x.set(point(i), 2 * i);
  return new Split({ name, source: 'drawn by key', x, columns: ['x1', 'x2'] });
}

/** log N(x; mean, sd^2). */
export function logNormal(x: number, mean: number, sd: number): number {
  return -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd * Math.sqrt(2 * Math.PI));
}
