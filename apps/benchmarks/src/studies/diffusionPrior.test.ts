import { compile } from '@pushforward/compile';
import {
  DiffusionModel,
  ddpm,
  gaussianDenoiser,
  linearBetas,
  variational,
} from '@pushforward/diffusion';
import {
  conditional,
  DiagonalNormal,
  type Distribution,
  standardNormal,
} from '@pushforward/distributions';
import { Key, Module, type Tensor, useEngine } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import { gaussian, perceptron, VAE, vae } from '@pushforward/vae';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';

/** a c + b of one number. */
class Line extends Module {
  readonly inputs = 1;
  readonly outputs = 1;

  constructor(
    private readonly a: number,
    private readonly b: number,
  ) {
    super();
  }

  apply(c: Tensor): Tensor {
    return tf.add(tf.mul(this.a, c), this.b);
  }
}

const lawOf = (a: number, b: number, deviation: number): Distribution =>
  conditional(new Line(a, b), (h) => new DiagonalNormal(h, tf.fill(h.shape, deviation)));

/** x = 1.5 z + 0.4 + 0.7 e, so that p(x) = N(0.4, 1.5^2 + 0.7^2) for z ~ N(0, 1). */
const [W, B, SIGMA] = [1.5, 0.4, 0.7];
const EVIDENCE = W * W + SIGMA * SIGMA;
/** q(z | x) that is the posterior: N(W (x - B) / v, SIGMA^2 / v). */
const EXACT = { slope: W / EVIDENCE, deviation: SIGMA / Math.sqrt(EVIDENCE) };

/** A diffusion prior that knows N(0, 1): by steps of the variance beta it is that law, and its bound is tight. */
function linearModel(q: typeof EXACT): VAE {
  const denoiser = gaussianDenoiser(linearBetas({ steps: 20 }), [0], [[1]]);
  return new VAE({
    prior: new DiffusionModel({ denoiser, objective: variational({ terms: 'all' }) }),
    likelihood: lawOf(W, B, SIGMA),
    posterior: lawOf(q.slope, -q.slope * B, q.deviation),
  });
}

/** Mean and standard error of the loss over keys, of rows that are all x. */
function lossAt(model: VAE, x: number): { mean: number; standardError: number } {
  const rows = tf.fill([200, 1], x);
  const losses = Array.from(
    { length: 20 },
    (_, i) => model.loss({ x: rows }, Key.from(i)).dataSync()[0]!,
  );
  const mean = losses.reduce((a, b) => a + b) / losses.length;
  const squares = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (losses.length - 1) / losses.length) };
}

describe('an auto-encoder with a diffusion prior', () => {
  beforeAll(async () => {
    await useEngine('wasm');
  });

  const surprise = (x: number) =>
    0.5 * ((x - B) ** 2 / EVIDENCE + Math.log(2 * Math.PI * EVIDENCE));

  // Six standard errors of twenty means.
  it.each([-1.2, 0.4, 3])('has the evidence as its loss where all its laws are exact: %d', (x) => {
    const { mean, standardError } = lossAt(linearModel(EXACT), x);
    expect(standardError).toBeLessThan(0.05);
    expect(mean).toBeAllClose(surprise(x), { abs: 6 * standardError + 1e-3 });
  });

  it('is above it by the divergence of another posterior', () => {
    const q = { slope: 0.3, deviation: 0.6 };
    const x = 2;
    const { mean, standardError } = lossAt(linearModel(q), x);
    const ratio = (q.deviation / EXACT.deviation) ** 2;
    const off = ((q.slope - EXACT.slope) * (x - B)) / EXACT.deviation;
    const divergence = 0.5 * (ratio + off * off - 1 - Math.log(ratio));
    expect(divergence).toBeGreaterThan(0.2);
    expect(mean).toBeAllClose(surprise(x) + divergence, { abs: 6 * standardError + 1e-3 });
  });

  it('lowers the bound of a first stage by how far its codes are from the prior that it had', () => {
    // x ~ N(1, 2^2), so that the codes of all x are normal.
    const q = { slope: 1, deviation: 0.5 };
    const before = new VAE({
      prior: standardNormal([1]),
      likelihood: lawOf(W, B, SIGMA),
      posterior: lawOf(q.slope, -q.slope * B, q.deviation),
    });
    const [mean, variance] = [q.slope * (1 - B), (2 * q.slope) ** 2 + q.deviation ** 2];
    const denoiser = gaussianDenoiser(linearBetas({ steps: 20 }), [mean], [[variance]]);
    const objective = variational({ terms: 'all', variance: 'learned' });
    const { likelihood, posterior } = before;
    const prior = new DiffusionModel({ denoiser, objective });
    const after = new VAE({ prior, likelihood, posterior });
    const gains = Array.from({ length: 20 }, (_, i) => {
      const x = tf.add(1, tf.mul(2, Key.from(100 + i).normal([1000, 1])));
      const [first, second] = [before, after].map((model) => model.loss({ x }, Key.from(i)));
      return tf.sub(first!, second!).dataSync()[0]!;
    });
    const gain = gains.reduce((a, b) => a + b) / gains.length;
    const squares = gains.reduce((sum, one) => sum + (one - gain) ** 2, 0);
    const error = Math.sqrt(squares / (gains.length - 1) / gains.length);
    // KL(q(z) || N(0, 1)), and what the end of the chain still knows of z.
    const divergence = 0.5 * (variance + mean ** 2 - 1 - Math.log(variance));
    expect(error).toBeLessThan(0.1 * divergence);
    expect(gain).toBeAllClose(divergence, { abs: 6 * error + 1e-3 });
  });

  const trained = () =>
    vae(Key.from(1), {
      likelihood: gaussian(4),
      ...{ latent: 2, encoder: perceptron([6]), decoder: perceptron([6]) },
      prior: ddpm(Key.from(2), {
        ...{ features: 2, hidden: [8], timeFeatures: 4, lastScale: 1 },
        schedule: linearBetas({ steps: 10 }),
        model: { objective: variational() },
      }),
    });
  const x = Key.from(3).normal([16, 4]);

  onEachEngine(() => {
    it('teaches encoder, decoder and prior, all by the one loss', () => {
      const model = trained();
      // Weights behind a layer of zeros have no gradient at first.
      for (const [i, weight] of model.parameters().entries())
        weight.assign(tf.add(weight, tf.mul(0.1, Key.from(i).normal(weight.shape))));
      const gradients = (loss: (key: Key) => Tensor) =>
        tf.variableGrads(() => loss(Key.from(4)).asScalar(), model.parameters()).grads;
      const all = gradients((key) => model.loss({ x }, key));
      expect(Object.keys(all)).toHaveLength(model.parameters().length);
      for (const [name, gradient] of Object.entries(all))
        expect(tf.max(tf.abs(gradient)).dataSync()[0]!, name).toBeGreaterThan(0);
      // The prior alone reaches the encoder through its draws.
      const ofPrior = tf.variableGrads(
        () =>
          model.prior.loss({ x: model.posteriorAt(x).sample(Key.from(5)) }, Key.from(6)).asScalar(),
        model.posterior.parameters(),
      ).grads;
      for (const [name, gradient] of Object.entries(ofPrior))
        expect(tf.max(tf.abs(gradient)).dataSync()[0]!, name).toBeGreaterThan(0);
    });
  });

  it('takes the same steps compiled', async () => {
    const run = async (isCompiled: boolean) => {
      const model = trained();
      const step = (x: Tensor, key: Key) => {
        const { value, grads } = tf.variableGrads(
          () => model.loss({ x }, key).asScalar(),
          model.parameters(),
        );
        return [value, ...model.parameters().map((weight) => grads[weight.name]!)];
      };
      const program = isCompiled ? compile(step) : undefined;
      const losses: number[] = [];
      for (let i = 0; i < 4; i++) {
        const [loss, ...gradients] = await (program ?? step)(x, Key.from(10 + i));
        losses.push(loss!.dataSync()[0]!);
        for (const [k, weight] of model.parameters().entries())
          weight.assign(tf.sub(weight, tf.mul(0.05, gradients[k]!)));
      }
      program?.dispose();
      return losses;
    };
    const [eager, compiled] = [await run(false), await run(true)];
    expect(compiled).toBeAllClose(eager, { abs: 1e-3, rel: 1e-4 });
    expect(new Set(eager).size).toBe(4);
  });
});
