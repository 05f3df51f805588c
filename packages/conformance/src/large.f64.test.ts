import '@pushforward/testing/float64';
import { Key } from '@pushforward/tensors';
import { describe, expect, it } from 'vitest';
import { integralOverNoise } from './noise.js';
import { enlarge, scatter } from './rows.js';
import { flows } from './table.js';

describe.each(flows.map((row) => [row.name, row] as const))('%s, in double precision', (_, row) => {
  it.each([1, 2].filter((features) => features >= row.leastFeatures))(
    'integrates to 1 in %d-D with weights ten times as large',
    (features) => {
      const law = scatter(row.build(Key.from(1), features), Key.from(2), 0.05);
      enlarge(law);
      expect(integralOverNoise(law)).toBeCloseTo(1, 5);
    },
  );
});
