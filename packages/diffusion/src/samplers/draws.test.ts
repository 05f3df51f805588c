import { Key, useEngine } from '@pushforward/tensors';
import { dkwBound, kolmogorovSmirnov } from '@pushforward/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Blobs, MixtureDenoiser } from '../../test/exact.js';
import {
  ancestral,
  ddim,
  dpmSolverPlusPlus,
  heun,
  predictorCorrector,
  rectifiedFlow,
  type Sampler,
  type Schedule,
  type TimeGridOptions,
  timeGrid,
  uniPC,
  varianceExploding,
  variancePreserving,
} from '../index.js';
import { draw } from './draw.js';

beforeAll(async () => {
  await useEngine('wasm');
});

const blobs: Blobs = {
  means: [
    [-1, -0.5],
    [1, -0.5],
    [0.2, 1.2],
  ],
  weights: [0.5, 0.3, 0.2],
  deviation: 0.2,
};

const DRAWS = 4000;

/** The distribution function of the mixture along a direction of length 1. */
function cdfAlong([a, b]: readonly [number, number]): (x: number) => number {
  const normal = (z: number) => {
    // Abramowitz and Stegun, 7.1.26: within 2e-7
    const u = 1 / (1 + 0.3275911 * Math.abs(z / Math.SQRT2));
    const tail =
      ((((1.061405429 * u - 1.453152027) * u + 1.421413741) * u - 0.284496736) * u + 0.254829592) *
      u *
      Math.exp((-z * z) / 2);
    return z < 0 ? tail / 2 : 1 - tail / 2;
  };
  return (x) =>
    blobs.means.reduce(
      (sum, [u, v], i) => sum + blobs.weights[i]! * normal((x - a * u - b * v) / blobs.deviation),
      0,
    );
}

/** The largest distance of Kolmogorov and Smirnov along four directions. */
function distance(points: Float32Array): number {
  const angles = [0, Math.PI / 4, Math.PI / 2, (3 * Math.PI) / 4];
  return Math.max(
    ...angles.map((angle) => {
      const direction = [Math.cos(angle), Math.sin(angle)] as const;
      const along = Array.from(
        { length: points.length / 2 },
        (_, i) => direction[0] * points[2 * i]! + direction[1] * points[2 * i + 1]!,
      );
      return kolmogorovSmirnov(along, cdfAlong(direction));
    }),
  );
}

// Four directions, each with an error rate of 1e-7, and room for what finite steps leave.
const bound = dkwBound(DRAWS, 1e-7) + 0.01;

const preserving = variancePreserving();
const exploding = varianceExploding({ sigmaMax: 10 });
const flow = rectifiedFlow();
const long: TimeGridOptions = { steps: 70, spacing: 'logSnr' };
const short: TimeGridOptions = { steps: 15, spacing: 'logSnr' };

describe('draws from three blobs have their law', () => {
  test.each<[string, Schedule, Sampler, TimeGridOptions]>([
    ['ancestral', preserving, ancestral(), long],
    ['ancestral with the smaller variance', preserving, ancestral({ variance: 'posterior' }), long],
    ['ddim with half of the noise', preserving, ddim({ eta: 0.5 }), long],
    ['heun', preserving, heun(), short],
    ['dpmSolverPlusPlus', preserving, dpmSolverPlusPlus(), short],
    ['uniPC', preserving, uniPC(), short],
    ['uniPC of order 3', preserving, uniPC({ order: 3 }), short],
    ['predictorCorrector', preserving, predictorCorrector(), long],
    ['ancestral, exploding', exploding, ancestral(), { steps: 70, spacing: 'karras' }],
    ['heun, exploding', exploding, heun(), { steps: 20, spacing: 'karras' }],
    ['ancestral from no signal', flow, ancestral(), { steps: 80 }],
    ['ddim from no signal', flow, ddim(), { steps: 60 }],
    ['heun from no signal', flow, heun(), { steps: 40 }],
    ['dpmSolverPlusPlus from no signal', flow, dpmSolverPlusPlus(), { steps: 40 }],
    ['uniPC from no signal', flow, uniPC({ order: 3 }), { steps: 40 }],
  ])('%s', (_, schedule, sampler, grid) => {
    const denoiser = new MixtureDenoiser(schedule, blobs);
    const x = draw(Key.from(1), denoiser, { sampler, grid: timeGrid(schedule, grid) }, [DRAWS]);
    expect(distance(x.dataSync() as Float32Array)).toBeLessThan(bound);
    x.dispose();
    denoiser.dispose();
  });
});
