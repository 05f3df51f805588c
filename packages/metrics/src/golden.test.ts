import { describeGolden } from '@pushforward/testing';
import { expect, it } from 'vitest';
import { bitsPerDimension, henzeZirkler, kernelDensity } from './index.js';

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
