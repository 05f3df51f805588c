import { ActNorm, type Bijector, LULinear } from '@pushforward/bijectors';
import { Triangular } from '@pushforward/conditioners';
import type { Pushforward } from '@pushforward/distributions';
import { Key } from '@pushforward/tensors';
import { describe, expect, it } from 'vitest';
import { type AffineFlowOptions, iaf, maf, realNVP } from './index.js';

/** What `invert` makes: its field is the map that it inverts. */
type Inverse = Bijector & { readonly bijector: Bijector };
type Chain = Bijector & { readonly steps: readonly Bijector[] };

const key = Key.from(1);

/** A flow's steps, from data to noise. */
function stepsOf({ bijector }: Pushforward): readonly Bijector[] {
  return ((bijector as Inverse).bijector as Chain).steps;
}

/** A flow's transforms. */
function transformsOf(flow: Pushforward): readonly Triangular[] {
  return stepsOf(flow).filter((step) => step instanceof Triangular);
}

const bare = { actNorm: false, permutation: 'reverse', transforms: 4, hidden: [16] } as const;

// Weights that were saved fit a flow that is built the same way, and no other.
describe('the steps of a flow', () => {
  it('mix before each transform, and after it where it is undone', () => {
    const kinds = (flow: Pushforward) =>
      stepsOf(flow).map((step) => {
        const map = 'bijector' in step ? (step as Inverse).bijector : step;
        return [ActNorm, LULinear, Triangular].find((kind) => map instanceof kind);
      });
    const options = { features: 2, transforms: 2, hidden: [8] };
    const done = [ActNorm, LULinear, Triangular];
    expect(kinds(maf(key, options))).toEqual([...done, ...done]);
    const undone = [ActNorm, Triangular, LULinear];
    expect(kinds(iaf(key, options))).toEqual([...undone, ...undone]);
  });

  it('start from weights of their own', () => {
    const [first, second] = transformsOf(maf(key, { ...bare, features: 3 })).map((step) =>
      step.parameters()[0]!.dataSync(),
    );
    expect([...first!]).not.toEqual([...second!]);
  });

  it('transform every dimension once in two couplings, the smaller part of an odd number first', () => {
    const transformed = (features: number) =>
      transformsOf(realNVP(key, { ...bare, features })).map((step) => step.conditioner.transformed);
    expect(transformed(2)).toEqual([[1], [0], [1], [0]]);
    const pair = [
      [3, 4],
      [0, 1, 2],
    ];
    expect(transformed(5)).toEqual([...pair, ...pair]);
  });

  it('go through the dimensions there and back, in an order that is new for each pair (random)', () => {
    const graphs = (options: Partial<AffineFlowOptions>) =>
      transformsOf(maf(key, { ...bare, features: 6, ...options })).map(
        (step) => step.conditioner.adjacency,
      );
    const back = (graph: readonly (readonly number[])[]) =>
      graph.map((row, i) => row.map((_, j) => graph[j]![i]!));

    const [forth, reversed, again] = graphs({});
    expect(forth).toEqual(
      Array.from({ length: 6 }, (_, i) => [0, 1, 2, 3, 4, 5].map((j) => +(j < i))),
    );
    expect(reversed).toEqual(back(forth!));
    expect(again).toEqual(forth);

    const [first, second, third] = graphs({ permutation: 'random' });
    expect(second).toEqual(back(first!));
    expect(third).not.toEqual(first);
  });
});
