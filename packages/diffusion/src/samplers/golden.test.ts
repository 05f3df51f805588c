import { TimedNetwork } from '@pushforward/nn';
import type { Tensor } from '@pushforward/tensors';
import { describeGolden, type GoldenCase, onEachEngine } from '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { ToldKey } from '../../test/exact.js';
import { goldenSchedule } from '../../test/golden.js';
import {
  ancestral,
  ddim,
  gaussianDenoiser,
  networkDenoiser,
  type Sampler,
  walk,
} from '../index.js';

/** A x + c t, the noise of the golden cases. */
class Line extends TimedNetwork {
  override readonly eventShape: number[];
  override readonly outputShape: number[];

  constructor(
    private readonly matrix: number[][],
    private readonly shift: number[],
  ) {
    super();
    this.eventShape = [shift.length];
    this.outputShape = this.eventShape;
  }

  override apply(x: Tensor, t: Tensor): Tensor {
    const linear = tf.matMul(x, tf.tensor2d(this.matrix), false, true);
    return tf.add(linear, tf.mul(tf.tensor1d(this.shift), tf.expandDims(t, -1)));
  }
}

/** x after every step along a grid of indices, the data last. */
function trajectory(
  { params, input }: GoldenCase,
  sampler: Sampler,
  indices: number[],
): number[][] {
  const schedule = goldenSchedule(params);
  const denoiser = networkDenoiser(new Line(params.matrix('A'), params.vector('c')), schedule);
  const grid = [...indices.map((i) => (i + 1) / params.number('T')), 0];
  const noise = input.matrix('noise');
  const key = new ToldKey((k, shape) => tf.tensor(noise[k]!, [...shape]));
  const start = input.vector('x_T');
  return tf.tidy(() =>
    grid.map((_, last) => {
      if (last === 0) return start;
      const x = walk(key, denoiser, tf.tensor2d([start]), {
        sampler,
        grid: grid.slice(0, last + 1),
      });
      return [...x.dataSync()];
    }),
  );
}

describeGolden('t14_diffusion', ({ cases, tolerance }) => {
  const named = (kind: string) => cases.filter(({ name }) => name.startsWith(kind));
  onEachEngine(() => {
    it.each(named('ddim'))('$name', (golden) => {
      const sampler = ddim({ eta: golden.params.number('eta') });
      const found = trajectory(golden, sampler, golden.params.vector('indices'));
      expect(found).toBeAllClose(golden.output.matrix('trajectory'), tolerance);
    });

    it.each(named('ancestral'))('$name', (golden) => {
      const steps = golden.params.number('T');
      const indices = Array.from({ length: steps }, (_, i) => steps - 1 - i);
      const found = trajectory(golden, ancestral({ variance: 'posterior' }), indices);
      expect(found).toBeAllClose(golden.output.matrix('trajectory'), tolerance);
    });

    it.each(named('gaussian ddpm'))('$name: the law of what is drawn', ({ params, output }) => {
      const schedule = goldenSchedule(params);
      const denoiser = gaussianDenoiser(schedule, params.vector('mean'), params.matrix('cov'));
      const sampler = ancestral({ variance: 'posterior' });
      const steps = params.number('T');
      const { length: size } = params.vector('mean');
      // Draws are affine in the start and in the noise of each step: nothing, then each number of each by itself.
      const rows = 1 + size * steps;
      const unit = (step: number) => {
        const at = tf.range(1 + size * step, 1 + size * (step + 1), 1, 'int32');
        return tf.cast(tf.transpose(tf.oneHot(at, rows)), 'float32');
      };
      const x = walk(new ToldKey((step) => unit(1 + step)), denoiser, unit(0), { sampler });
      const [nothing, each] = tf.split(x, [1, rows - 1]) as [Tensor, Tensor];
      const mean = tf.squeeze(nothing, [0]);
      expect(mean).toBeAllClose(output.vector('model_mean'), { abs: 1e-4, rel: 1e-4 });
      const parts = tf.sub(each, nothing);
      // The source adds noise of the first beta to data too.
      const { sigma } = schedule.at(tf.scalar(1 / steps));
      const last = tf.mul(tf.square(sigma), tf.eye(size));
      expect(tf.add(tf.matMul(parts, parts, true), last)).toBeAllClose(output.matrix('model_cov'), {
        abs: 1e-4,
        rel: 1e-4,
      });
    });
  });
});
