import * as tf from '@tensorflow/tfjs';

/** Where to look for the mass. */
export interface Grid {
  /** The range is [-reach, reach] along each axis; 100 by default. */
  readonly reach?: number;
  /** Nodes along each axis. */
  readonly points?: number;
  /** Nodes are about evenly spaced within this distance of 0, then ever wider; 1 by default. */
  readonly scale?: number;
}

/**
 * The integral over the real line of a non-negative density, by the midpoint rule in u with x = scale sinh u.
 *
 * The density is evaluated on the engine, weights and sums are in double precision. For a density with bounded
 * second derivative the error falls as 1/points^2; at jumps, as 1/points.
 *
 * @param density `[N, 1]` -> `[N]`
 */
export function integrate1d(density: (x: tf.Tensor) => tf.Tensor, grid: Grid = {}): number {
  const { nodes, weights } = axis({ points: 4000, ...grid });
  const values = evaluate(density, nodes, 1);
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0);
}

/**
 * The integral over the plane of a non-negative density, by the product of the rule of {@link integrate1d}.
 *
 * @param density `[N, 2]` -> `[N]`
 */
export function integrate2d(density: (x: tf.Tensor) => tf.Tensor, grid: Grid = {}): number {
  const { nodes, weights } = axis({ points: 300, ...grid });
  let total = 0;
  for (const [i, x] of nodes.entries()) {
    const row = nodes.flatMap((y) => [x, y]);
    const values = evaluate(density, row, 2);
    total += weights[i]! * values.reduce((sum, value, j) => sum + value * weights[j]!, 0);
  }
  return total;
}

function axis({ reach = 100, points = 300, scale = 1 }: Grid): {
  nodes: number[];
  weights: number[];
} {
  const end = Math.asinh(reach / scale);
  const step = (2 * end) / points;
  const u = Array.from({ length: points }, (_, i) => -end + (i + 0.5) * step);
  return {
    nodes: u.map((u) => scale * Math.sinh(u)),
    weights: u.map((u) => step * scale * Math.cosh(u)),
  };
}

function evaluate(
  density: (x: tf.Tensor) => tf.Tensor,
  coordinates: number[],
  dimensions: number,
): number[] {
  return tf.tidy(() => {
    const x = tf.tensor(coordinates, [coordinates.length / dimensions, dimensions]);
    return Array.from(density(x).dataSync());
  });
}
