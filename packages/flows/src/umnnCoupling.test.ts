/** umnnCoupling by its definition: its networks in plain double precision, and their integrals by Simpson's rule. */
import { UMNN } from '@pushforward/bijectors';
import { Coupling, Triangular } from '@pushforward/conditioners';
import type { Pushforward } from '@pushforward/distributions';
import { MLP } from '@pushforward/nn';
import { Key } from '@pushforward/tensors';
import { logAbsDet, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { umnnCoupling } from './index.js';

/** Rows (x, c) of three numbers and one of context, one of them beyond the bound of 10. */
const rows = [
  { x: [0.3, -1.2, 2.5], c: 0.5 },
  { x: [-2, 0.1, -0.7], c: -1 },
  { x: [4, 3, -6], c: 0 },
  { x: [1, -0.5, 12], c: 2 },
];
/** What the first transforms is read by the second; layers of the second count from 10 on. */
const steps = [
  { read: [0, 1], transformed: [2], first: 0 },
  { read: [2], transformed: [0, 1], first: 10 },
];
const bound = 10;
const leastSlope = 1e-3;

const weight = (layer: number, row: number, column: number) =>
  0.7 * Math.sin(3 * layer + 2 * row + 1.3 * column + 1);

/** A network whose layers, of the given widths, count from `first` on. */
function network(first: number, [inputs, ...widths]: number[], activation: (z: number) => number) {
  return (input: readonly number[]): number[] =>
    widths.reduce<readonly number[]>((values, width, k) => {
      const seen = k === 0 ? values : values.map(activation);
      return Array.from({ length: width }, (_, column) =>
        seen.reduce(
          (sum, value, row) => sum + value * weight(first + k, row, column),
          weight(first + k, k === 0 ? inputs! : widths[k - 1]!, column),
        ),
      );
    }, input) as number[];
}

const elu = (z: number) => (z > 0 ? z : Math.expm1(z));

function simpson(f: (t: number) => number, x: number, panels = 1000): number {
  let sum = f(0) + f(x);
  for (let k = 1; k < panels; k++) sum += (k % 2 === 0 ? 2 : 4) * f((k * x) / panels);
  return (sum * x) / panels / 3;
}

/** z = g(x) and log |dz/dx|: of each step, z_i = int_0^x_i f(t, h_i) dt + h_i0 with h_i of what is read. */
function byDefinition(x: readonly number[], c: number): { z: number[]; logDet: number } {
  let z = [...x];
  let logDet = 0;
  for (const { read, transformed, first } of steps) {
    const sizes = [read.length + 1, 5, 3 * transformed.length];
    const embeddings = network(first, sizes, Math.tanh)([...read.map((i) => z[i]!), c]);
    const net = network(first + 5, [4, 4, 1], elu);
    const next = [...z];
    for (const [k, i] of transformed.entries()) {
      const h = embeddings.slice(3 * k, 3 * k + 3);
      const f = (t: number) => {
        const inside = Math.min(Math.max(t, -bound), bound);
        return leastSlope + (1 - leastSlope) * (elu(net([inside, ...h])[0]!) + 1);
      };
      const inside = Math.min(Math.max(z[i]!, -bound), bound);
      next[i] = simpson(f, inside) + f(inside) * (z[i]! - inside) + h[0]!;
      logDet += Math.log(f(inside));
    }
    z = next;
  }
  return { z, logDet };
}

/** The flow with these weights. */
function build(): Pushforward {
  const flow = umnnCoupling(Key.from(1), {
    ...{ features: 3, context: 1, transforms: 2, hidden: [5], activation: 'tanh' },
    ...{ permutation: 'reverse', actNorm: false },
    umnn: { embedding: 3, hidden: [4], bound, leastSlope, steps: 400 },
  });
  const maps = flow.bijector
    .elements()
    .flatMap(({ bijector }) => (bijector instanceof Triangular ? [bijector] : []))
    .reverse();
  for (const [k, { conditioner, normalizer }] of maps.entries()) {
    if (!(conditioner instanceof Coupling && conditioner.net instanceof MLP)) throw new TypeError();
    if (!(normalizer instanceof UMNN)) throw new TypeError();
    expect(conditioner.transformed).toEqual(steps[k]!.transformed);
    const { first } = steps[k]!;
    for (const [net, from] of [
      [conditioner.net, first],
      [normalizer.area.integrand.net, first + 5],
    ] as const)
      for (const [l, layer] of net.layers.entries()) {
        const [inputs, outputs] = layer.weight.shape as [number, number];
        const row = (r: number) =>
          Array.from({ length: outputs }, (_, c) => weight(from + l, r, c));
        layer.weight.assign(tf.tensor2d(Array.from({ length: inputs }, (_, r) => row(r))));
        layer.bias!.assign(tf.tensor1d(row(inputs)));
      }
  }
  return flow;
}

const logNormal = (z: readonly number[]) =>
  z.reduce((sum, value) => sum - value ** 2 / 2 - Math.log(2 * Math.PI) / 2, 0);

describe('the definition', () => {
  // By the adaptive quadrature of scipy 1.17, in steps of a fortieth of each interval.
  it.each([
    [0, [0.118715008202, -1.77510805848, 4.39700439242], -14.4689057521],
    [1, [-2.15085419601, -0.859217618872, -0.581488322133], -5.22256944914],
    [2, [1.92110052248, 3.24428575454, -17.7635733392], -168.760627742],
    [3, [0.793499102074, -1.4257213676, 9.96932612956], -55.2919754439],
  ])('of row %i is what another program makes of it', (i, expected, logProb) => {
    const { z, logDet } = byDefinition(rows[i]!.x, rows[i]!.c);
    expect(z).toBeAllClose(expected, { abs: 1e-6 });
    expect([logDet + logNormal(z)]).toBeAllClose([logProb], { abs: 2e-5 });
  });

  it('has the log-determinant of its differences', () => {
    const step = 1e-4;
    for (const { x, c } of rows) {
      const at = (j: number, shift: number) =>
        byDefinition(
          x.map((value, i) => (i === j ? value + shift : value)),
          c,
        ).z;
      const columns = [0, 1, 2].map((j) => {
        const [above, below] = [at(j, step), at(j, -step)];
        return above.map((value, i) => (value - below[i]!) / (2 * step));
      });
      expect(Math.abs(logAbsDet(columns) - byDefinition(x, c).logDet)).toBeLessThan(1e-4);
    }
  });
});

onEachEngine(() => {
  it('umnnCoupling has the noise, the density and the inverse of its definition', () => {
    const flow = build();
    tf.tidy(() => {
      const x = tf.tensor2d(rows.map(({ x }) => x));
      const context = tf.tensor2d(rows.map(({ c }) => [c]));
      const exact = rows.map(({ x, c }) => byDefinition(x, c));
      const noise = exact.map(({ z }) => z);
      const close = { abs: 1e-5, rel: 1e-5 };
      const [z, logDet] = flow.bijector.inverseAndLogDet(x, context);
      expect(z).toBeAllClose(noise, close);
      const logDets = exact.map(({ logDet }) => logDet);
      expect(logDet).toBeAllClose(logDets, close);
      const logProb = noise.map((z, i) => logDets[i]! + logNormal(z));
      expect(flow.logProb(x, context)).toBeAllClose(logProb, close);
      expect(flow.bijector.forward(tf.tensor2d(noise), context)).toBeAllClose(x, close);
    });
    flow.dispose();
  });
});
