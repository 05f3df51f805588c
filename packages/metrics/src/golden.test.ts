import { describeGolden } from '@pushforward/testing';
import { expect, it } from 'vitest';
import {
  bitsPerDimension,
  energyDistance,
  frechetDistance,
  henzeZirkler,
  kernelDensity,
  maximumMeanDiscrepancy,
} from './index.js';
import { readRows } from './matrix.js';
import { alongDirections } from './twoSample.js';

describeGolden('t18_metrics', ({ cases, tolerance }) => {
  const named = (kind: string) => cases.filter(({ name }) => name.startsWith(kind));

  it.each(named('henze_zirkler'))('$name', async ({ input, output }) => {
    const { statistic, pValue } = await henzeZirkler(input.tensor('X'));
    expect(statistic).toBeAllClose(output.number('statistic'), { rel: 1e-9 });
    expect(pValue).toBeAllClose(output.number('p_value'), { rel: 2e-5 });
  });

  it.each(named('kde'))('$name', async ({ input, output }) => {
    const data = input.tensor('data');
    for (const bandwidth of ['scott', 'silverman'] as const) {
      const expected = output.record(bandwidth);
      const law = await kernelDensity(data, { bandwidth });
      expect(law.bandwidth).toBeAllClose(expected.number('factor'), { rel: 1e-12 });
      expect(law.logProb(input.tensor('x'))).toBeAllClose(
        expected.vector('log_density'),
        tolerance,
      );
      const same = await kernelDensity(data, { bandwidth: law.bandwidth });
      expect(same.logProb(data)).toBeAllClose(law.logProb(data), {});
    }
  });

  it.each(named('two_sample'))('$name', async ({ params, input, output }) => {
    const x = input.tensor('X');
    const y = input.tensor('Y');
    const discrepancies = output.vector('mmd2_unbiased');
    for (const [i, bandwidth] of params.vector('bandwidths').entries())
      expect(await maximumMeanDiscrepancy(x, y, { bandwidth })).toBeAllClose(discrepancies[i]!, {
        abs: 1e-12,
      });
    expect(await maximumMeanDiscrepancy(x, y)).toBeAllClose(
      await maximumMeanDiscrepancy(x, y, { bandwidth: output.number('median_distance') }),
      { abs: 1e-12 },
    );
    expect(await energyDistance(x, y)).toBeAllClose(output.number('energy_distance_v'), {
      abs: 1e-12,
    });
    expect(await frechetDistance(x, y)).toBeAllClose(output.number('fid'), { rel: 1e-9 });
    if (!input.has('projections')) return;
    const rows = await Promise.all([x, y, input.tensor('projections')].map((z) => readRows('', z)));
    // The file takes its directions as unit vectors, which they are to 1e-7.
    for (const order of [1, 2])
      expect(alongDirections(rows[0]!, rows[1]!, rows[2]!, order)).toBeAllClose(
        output.number(`sliced_w${order}`),
        { rel: 1e-6 },
      );
  });

  it.each(named('bits_per_dim'))('$name', ({ params, output }) => {
    const logLikelihood = -params.number('nll_nats');
    const dimensions = params.number('D');
    expect(bitsPerDimension(logLikelihood, dimensions)).toBeAllClose(output.number('bpd_256'), {
      rel: 1e-12,
    });
    expect(bitsPerDimension(logLikelihood, dimensions, 1)).toBeAllClose(output.number('bpd_raw'), {
      rel: 1e-12,
    });
  });
});
