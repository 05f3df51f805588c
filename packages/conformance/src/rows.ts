import type { Bijector } from '@pushforward/bijectors';
import type { Pushforward } from '@pushforward/distributions';
import type { Key, Module, Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';

/** A map of vectors, and what is true of it. */
export interface MapRow {
  readonly name: string;
  /** The exports that the row stands for. */
  readonly covers: readonly string[];
  /** A map with weights that the key draws: at its start it would be the identity, which hides mistakes. */
  readonly build: (key: Key) => Bijector;
  /** Numbers per vector. */
  readonly features: number;
  /** `reads[i][j] = 1` where y_i depends on x_j, 0 where it must not. */
  readonly reads: readonly (readonly number[])[];
  /** Where points are drawn, if not from a wide normal law. */
  readonly domain?: readonly [low: number, high: number];
  /** Where value and gradient must be finite: boundaries, and far outside. */
  readonly extremes: { readonly forward: readonly number[]; readonly inverse: readonly number[] };
}

/** A law that can be trained. */
export interface FlowRow {
  readonly name: string;
  readonly covers: readonly string[];
  /** The flow as its constructor leaves it. */
  readonly build: (key: Key, features: number, context?: number) => Pushforward;
  /** The fewest numbers per vector that it takes. */
  readonly leastFeatures: 1 | 2;
  /**
   * Whether its slopes are bounded. Where they are not, large weights in two dimensions put the mass on ridges too thin
   * for float32.
   */
  readonly isBounded: boolean;
  /** What each of three numbers is made of, as in {@link MapRow}; all of the noise by default. */
  readonly reads?: MapRow['reads'];
}

/** Rows by name, as vitest's tables take them. */
export const rowsOf = <Row extends { readonly name: string }>(rows: readonly Row[]) =>
  rows.map((row) => [row.name, row] as const);

/** Adds normal noise to every weight. */
export function scatter<M extends Module>(module: M, key: Key, size = 0.5): M {
  for (const [i, weight] of module.parameters().entries())
    tf.tidy(() => {
      weight.assign(tf.add(weight, tf.mul(key.foldIn(i).normal(weight.shape), size)));
    });
  return module;
}

/** Multiplies every weight by 10. */
export function enlarge(module: Module): void {
  for (const weight of module.parameters())
    tf.tidy(() => {
      weight.assign(tf.mul(weight, 10));
    });
}

/** Random points of the map's domain, a few times the width of where it bends. */
export function pointsOf(row: MapRow, key: Key, count: number): Tensor {
  const shape = [count, row.features];
  return tf.tidy(() =>
    row.domain === undefined ? tf.mul(key.normal(shape), 2.5) : key.uniform(shape, ...row.domain),
  );
}

/** Random contexts for a map that takes them. */
export function contextOf({ contextSize }: Bijector, key: Key, count: number): Tensor | undefined {
  return contextSize === 0 ? undefined : key.normal([count, contextSize]);
}

/** log|det| of each vector, also for a map of single numbers. */
export function perVector(logDet: Tensor): Tensor {
  return logDet.rank === 2 ? tf.sum(logDet, 1) : logDet;
}
