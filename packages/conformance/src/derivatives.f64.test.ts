import '@pushforward/testing/float64';
import { Key } from '@pushforward/tensors';
import { finiteDifferences, jacobian, logAbsDet } from '@pushforward/testing';
import { describe, expect, it } from 'vitest';
import { contextOf, perVector, pointsOf } from './rows.js';
import { maps } from './table.js';

const [forWeights, forPoints, forContext] = Key.from(77).split(3);
const COUNT = 20;

describe.each(maps.map((row) => [row.name, row] as const))('%s, in double precision', (_, row) => {
  const map = row.build(forWeights);
  const x = pointsOf(row, forPoints, COUNT);
  const context = contextOf(map, forContext, COUNT);

  it('has the Jacobian of finite differences, and its log-determinant', () => {
    const [, logDet] = map.forwardAndLogDet(x, context);
    const differences = finiteDifferences((x) => map.forward(x, context), x);
    expect(perVector(logDet)).toBeAllClose(differences.map(logAbsDet), { abs: 1e-7 });
    const slopes = jacobian((x) => map.forward(x, context), x);
    expect(slopes).toBeAllClose(differences, { abs: 1e-7, rel: 1e-7 });
  });

  it('has the inverse that undoes it, and its log-determinant', () => {
    const [y, logDet] = map.forwardAndLogDet(x, context);
    const [back, inverseLogDet] = map.inverseAndLogDet(y, context);
    expect(back).toBeAllClose(x, { abs: 1e-9 });
    expect(perVector(inverseLogDet)).toBeAllClose(perVector(logDet).neg(), { abs: 1e-9 });
  });
});
