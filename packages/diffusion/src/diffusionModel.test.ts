import { compile } from '@pushforward/compile';
import { DomainError, Key, OptionError, ShapeError, type Tensor } from '@pushforward/tensors';
import { expectNoLeak, onEachEngine } from '@pushforward/testing';
import { fit } from '@pushforward/training';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../test/rows.js';
import {
  ancestral,
  type DenoisingObjective,
  DiffusionModel,
  ddpm,
  denoisingScoreMatching,
  flowMatching,
  hybridLoss,
  learnedSchedule,
  linearBetas,
  minSnr,
  networkDenoiser,
  p2,
  rectifiedFlow,
  simple,
  variancePreserving,
  variational,
} from './index.js';

const network = { features: 2, hidden: [8], timeFeatures: 4, lastScale: 1 } as const;

/** A model for every objective. */
const models: Record<string, () => DiffusionModel> = {
  simple: () => modelOf(simple({ weight: minSnr(5) })),
  'P2 weights': () => modelOf(simple({ weight: p2() })),
  'one term of the bound': () => modelOf(variational()),
  'all terms of the bound': () => modelOf(variational({ terms: 'all', variance: 'posterior' })),
  'a bound of discrete data': () => modelOf(variational({ levels: 3 })),
  'a learned variance': () => modelOf(variational({ variance: 'learned' }), true),
  hybrid: () => modelOf(hybridLoss(), true),
  'score matching': () => modelOf(denoisingScoreMatching({ weight: 'likelihood' })),
  'flow matching': () =>
    ddpm(Key.from(1), {
      ...network,
      schedule: rectifiedFlow(),
      denoiser: { predicts: 'flow' },
      model: { objective: flowMatching() },
    }),
  'a learned schedule': () =>
    ddpm(Key.from(1), {
      ...network,
      schedule: learnedSchedule({ learnEnds: true }),
      denoiser: { predicts: 'velocity', reads: 'logSnr' },
      model: { objective: variational({ steps: 5 }) },
    }),
  'a context that is lost at times': () =>
    ddpm(Key.from(1), {
      ...network,
      context: 1,
      schedule: variancePreserving(),
      model: { objective: variational(), contextDropout: 0.4, unconditional: [2] },
    }),
};

function modelOf(objective: DenoisingObjective, learnVariance = false): DiffusionModel {
  const schedule = linearBetas({ steps: 6, start: 0.01, end: 0.6 });
  return ddpm(Key.from(1), { ...network, schedule, learnVariance, model: { objective } });
}

function batchFor(model: DiffusionModel, count: number) {
  // -1, 0 and 1: what the bound of discrete data asks for, and data like others for the rest.
  const x = tf.clipByValue(tf.round(Key.from(2).normal([count, 2])), -1, 1);
  return model.contextSize === 0 ? { x } : { x, context: Key.from(3).normal([count, 1]) };
}

describe('DiffusionModel', () => {
  onEachEngine(() => {
    it.each(Object.entries(models))('has a loss that all is learned by: %s', (_, make) => {
      const model = make();
      const batch = batchFor(model, 16);
      const loss = () => model.loss(batch, Key.from(4));
      expect(loss().shape).toEqual([]);
      expectNoLeak(loss);
      const { value, grads } = tf.variableGrads(
        () => tf.squeeze(loss()).asScalar(),
        model.parameters(),
      );
      expect(Number.isFinite(value.dataSync()[0]!)).toBe(true);
      expect(Object.keys(grads)).toHaveLength(model.parameters().length);
      for (const gradient of Object.values(grads))
        expect(tf.max(tf.abs(gradient)).dataSync()[0]!).toBeGreaterThan(0);
    });
  });

  it.each(Object.entries(models))('is the same compiled: %s', async (_, make) => {
    const model = make();
    const batch = batchFor(model, 8);
    const step = (x: Tensor, key: Key) => {
      const { value, grads } = tf.variableGrads(
        () => model.loss({ ...batch, x }, key).asScalar(),
        model.parameters(),
      );
      return [value, ...Object.values(grads)];
    };
    const compiled = compile(step);
    for (const seed of [5, 6]) {
      const eager = step(batch.x, Key.from(seed));
      for (const [i, got] of (await compiled(batch.x, Key.from(seed))).entries()) {
        const size = tf.max(tf.abs(eager[i]!)).dataSync()[0]!;
        expect(got).toBeAllClose(eager[i]!, { abs: 1e-4 * Math.max(1, size), rel: 1e-3 });
      }
    }
    compiled.dispose();
  });

  it('draws, with or without a context', () => {
    const model = models.simple!();
    expect(model.sample(Key.from(1), [3, 4]).shape).toEqual([3, 4, 2]);
    expectNoLeak(() => model.sample(Key.from(1), [2]));
    const conditional = models['a context that is lost at times']!();
    const context = tf.zeros([5, 1]);
    expect(conditional.sample(Key.from(1), [3], context).shape).toEqual([3, 5, 2]);
    expect(() => conditional.sample(Key.from(1), [3])).toThrow(ShapeError);
  });

  it('loses contexts at the rate that it is told', () => {
    const denoiser = models['a context that is lost at times']!().denoiser;
    let seen: Tensor | undefined;
    let told: Key | undefined;
    const objective = {
      loss: (_: unknown, { context }: { context?: Tensor }, key: Key) => {
        seen = tf.keep(context!);
        told = key;
        return tf.scalar(0);
      },
    } as unknown as DenoisingObjective;
    const model = new DiffusionModel({
      ...{ denoiser, objective },
      ...{ contextDropout: 0.3, unconditional: [7] },
    });
    const context = tf.ones([4000, 1]);
    const batch = { x: tf.zeros([4000, 2]), context };
    new DiffusionModel({ denoiser, objective, contextDropout: 0.3 }).loss(batch, Key.from(1));
    expect([...new Set(seen!.dataSync())].sort()).toEqual([0, 1]);
    model.loss(batch, Key.from(1));
    const lost = [...seen!.dataSync()].filter((value) => value === 7).length;
    expect([...new Set(seen!.dataSync())].sort()).toEqual([1, 7]);
    // What is lost has a key of its own.
    expect(told).not.toEqual(Key.from(1));
    // Five standard errors of a share of 4000.
    expect(lost / 4000).toBeAllClose(0.3, { abs: 0.036 });
  });

  it('shows its objective the context, where none is lost', () => {
    const { denoiser } = models['a context that is lost at times']!();
    const objective = variational();
    const model = new DiffusionModel({ denoiser, objective });
    const [x, context] = [Key.from(2).normal([9, 2]), Key.from(3).normal([9, 1])];
    const loss = (context: Tensor) => model.loss({ x, context }, Key.from(4));
    const expected = objective.loss(denoiser, { x, context }, Key.from(4));
    expect(loss(context)).toBeAllClose(expected, {});
    expect(loss(tf.add(context, 1))).not.toBeAllClose(expected, { abs: 1e-3 });
  });

  it('has a hundred steps unless it is told', () => {
    expect(ddpm(Key.from(1), { features: 1, hidden: [2] }).denoiser.schedule.steps).toBe(100);
  });

  it('has no density, and says what has', () => {
    expect(() => models.simple!().logProb()).toThrow('probabilityFlow(model.denoiser)');
  });

  it('refuses parts that do not go together', () => {
    const { denoiser } = models.simple!();
    expect(() => new DiffusionModel({ denoiser, contextDropout: 0.1 })).toThrow(OptionError);
    const by = (sampling: object) => () => new DiffusionModel({ denoiser, sampling });
    expect(by({ eta: 0 })).toThrow('DiffusionModel: sampling: unknown option');
    expect(by({ steps: 2, grid: [1, 0] })).toThrow(OptionError);
    expect(by({ grid: [0, 1] })).toThrow(DomainError);
    // Nothing is lost, so that nothing stands for it.
    expect(() => new DiffusionModel({ denoiser, unconditional: [] })).toThrow(OptionError);
    const conditional = models['a context that is lost at times']!().denoiser;
    const lost = { denoiser: conditional, contextDropout: 0.1 };
    expect(() => new DiffusionModel({ ...lost, unconditional: [0, 1] })).toThrow(ShapeError);
    expect(() => new DiffusionModel({ denoiser, sampler: 1 } as never)).toThrow(OptionError);
    expect(() => ddpm(Key.from(1), { features: 0 })).toThrow(DomainError);
    expect(() => ddpm(Key.from(1), { features: 1, depth: 3 } as never)).toThrow(OptionError);
    expect(() => modelOf(hybridLoss()).loss(batchFor(models.simple!(), 4), Key.from(1))).toThrow(
      "variance 'learned' needs",
    );
    const others = { x: tf.zeros([2, 2]), context: tf.zeros([3, 1]) };
    for (const contextDropout of [0, 0.1])
      expect(() =>
        new DiffusionModel({ denoiser: conditional, contextDropout }).loss(others, Key.from(1)),
      ).toThrow(ShapeError);
    const withContext = { x: tf.zeros([2, 2]), context: tf.zeros([2, 1]) };
    expect(() => models.simple!().loss(withContext, Key.from(1))).toThrow(ShapeError);
    expect(() => variational({ steps: 0 })).toThrow(DomainError);
    expect(() => variational({ steps: 5, start: 0.1 })).toThrow(OptionError);
    expect(() => variational({ start: 1 })).toThrow(OptionError);
    // Options that would count nothing, told at once or by the schedule.
    expect(() => variational({ steps: Infinity, terms: 'all' })).toThrow(OptionError);
    expect(() => variational({ steps: Infinity, variance: 'beta' })).toThrow(OptionError);
    const x = tf.zeros([2, 2]);
    const steps = models.simple!().denoiser;
    expect(() => variational({ start: 0.1 }).loss(steps, { x }, Key.from(1))).toThrow(OptionError);
    const clean = ddpm(Key.from(1), { ...network, schedule: variancePreserving() }).denoiser;
    for (const options of [
      { start: 0 },
      { terms: 'all' },
      { terms: 'one' },
      { variance: 'learned' },
    ] as const)
      expect(() => variational(options).loss(clean, { x }, Key.from(1))).toThrow(OptionError);
    expect(() => variational({ variance: 'small' as never })).toThrow(OptionError);
    expect(() => variational({ terms: 'two' as never })).toThrow(OptionError);
    expect(() => hybridLoss({ weight: 0 })).toThrow(DomainError);
    expect(() => minSnr(0)).toThrow(DomainError);
    expect(() => p2({ k: 0 })).toThrow(DomainError);
    expect(() => denoisingScoreMatching({ weight: 'none' as never })).toThrow(OptionError);
    expect(() => simple({ weights: 1 } as never)).toThrow(OptionError);
    expect(() => networkDenoiser({} as never, rectifiedFlow(), { reads: 'logSnr' })).toThrow(
      OptionError,
    );
  });

  it('learns two blobs', async () => {
    const [forSide, forNoise] = Key.from(8).split(2);
    const side = tf.sub(tf.mul(2, forSide.bernoulli(0.5, [2000, 1])), 1);
    const x = tf.add(tf.mul(0.2, forNoise.normal([2000, 2])), tf.mul(side, [1, -0.5]));
    const model = ddpm(Key.from(1), {
      features: 2,
      hidden: [32, 32],
      timeFeatures: 8,
      schedule: linearBetas({ steps: 20 }),
      // With so few steps those of beta leave more draws between the blobs.
      model: { sampling: { sampler: ancestral({ variance: 'posterior' }) } },
    });
    const bound = () =>
      variational({ terms: 'all' }).loss(model.denoiser, { x }, Key.from(2)).dataSync()[0]!;
    const before = bound();
    const options = { epochs: 40, batchSize: 250, learningRate: 1e-2 };
    await fit(model, { train: rowsOf(x) }, { key: Key.from(3), ...options });
    const after = bound();
    // The entropy of the blobs is log 2 + log(2 pi e 0.2^2) = 0.3; the steps are few, and so the bound is above it.
    expect(after).toBeLessThan(before - 1);
    expect(after).toBeGreaterThan(0.3);
    const draws = model.sample(Key.from(4), [500]).arraySync() as number[][];
    const near = draws.filter(([a, b]) => Math.hypot(Math.abs(a!) - 1, Math.abs(b!) - 0.5) < 0.6);
    expect(near.length).toBeGreaterThan(420);
    expect(draws.filter(([a, b]) => a! * b! < 0).length).toBeGreaterThan(440);
    const right = draws.filter(([a]) => a! > 0).length;
    expect(Math.abs(right - 250)).toBeLessThan(100);
  });
});
