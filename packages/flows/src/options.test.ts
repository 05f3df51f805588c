/** What constructors refuse, and flows by their saved options. */
import type { Pushforward } from '@pushforward/distributions';
import { DomainError, Key, load, OptionError, save } from '@pushforward/tensors';
import '@pushforward/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type AffineFlowOptions,
  buildFlow,
  type FlowSpec,
  graphical,
  iaf,
  maf,
  nsfAutoregressive,
  nsfCoupling,
  realNVP,
  umnnCoupling,
  umnnMaf,
} from './index.js';

const constructors = {
  realNVP,
  maf,
  iaf,
  nsfCoupling,
  nsfAutoregressive,
  graphical,
  umnnMaf,
  umnnCoupling,
} as const;
const [forFlow, forX, forContext] = Key.from(1).split(3);

describe('options', () => {
  it.each([
    ['an unknown one', { layers: 3 }, OptionError, "maf: unknown option 'layers'"],
    ['one of another flow', { bins: 8 }, OptionError, "maf: unknown option 'bins'"],
    [
      'no features',
      { features: undefined },
      DomainError,
      'features must be an integer >= 1, got undefined',
    ],
    ['no transform', { transforms: 0 }, DomainError, 'transforms must be an integer >= 1, got 0'],
    ['one width', { hidden: 64 }, DomainError, 'hidden must be a list of integers >= 1, got 64'],
    ['half a unit', { hidden: [1.5] }, DomainError, 'got [1.5]'],
    ['a narrow layer', { features: 9, hidden: [4] }, OptionError, 'each of the 8 different sets'],
    ['no activation', { activation: 'step' }, OptionError, "got 'step'"],
    [
      'no permutation',
      { permutation: 'glow' },
      OptionError,
      'one of reverse, random, lu, got glow',
    ],
    ['a word for yes', { actNorm: 'yes' }, OptionError, 'actNorm must be true or false, got yes'],
    ['an odd context', { context: 0.5 }, DomainError, 'context must be an integer >= 0, got 0.5'],
    [
      'an infinite start',
      { lastScale: Number.NaN },
      DomainError,
      'lastScale must be a finite number',
    ],
    ['a scale of 1', { scaleBound: 1 }, DomainError, 'scaleBound must be'],
  ] as const)('refuse %s', (_, options, error, message) => {
    const build = () => maf(forFlow, { features: 2, ...options } as AffineFlowOptions);
    expect(build).toThrow(error);
    expect(build).toThrow(message);
  });

  it('that are undefined are as if not given', () => {
    const options = { transforms: undefined, hidden: undefined } as object;
    const [given, absent] = [options, {}].map((it) => maf(forFlow, { features: 2, ...it }));
    expect(given!.parameters().length).toBe(absent!.parameters().length);
  });
});

describe('buildFlow', () => {
  const specs: FlowSpec[] = [
    { flow: 'maf', features: 3, hidden: [16], permutation: 'random' },
    { flow: 'realNVP', features: 3, hidden: [16], context: 1, residual: true },
    { flow: 'iaf', features: 3, hidden: [16], actNorm: true, activation: 'tanh' },
    { flow: 'nsfAutoregressive', features: 3, hidden: [16], bins: 4, bound: 3 },
    { flow: 'nsfCoupling', features: 3, hidden: [16], bins: 4, permutation: 'lu' },
    {
      flow: 'umnnCoupling',
      features: 3,
      hidden: [16],
      umnn: { embedding: 4, hidden: [8], steps: 10 },
    },
    { flow: 'umnnMaf', features: 3, hidden: [16], umnn: { embedding: 4, hidden: [8], steps: 10 } },
    {
      flow: 'graphical',
      features: 3,
      hidden: [16],
      graph: { edges: [[2, 0]] },
      normalizer: 'spline',
    },
  ];

  it.each(specs)('makes what the constructor makes: $flow', (spec) => {
    const { flow: name, ...options } = spec;
    const x = forX.normal([4, 3]);
    const context = spec.context === 1 ? forContext.normal([4, 1]) : undefined;
    const flow = buildFlow(forFlow, { ...spec, lastScale: 1 });
    const build: (key: Key, options: never) => Pushforward = constructors[name];
    const same = build(forFlow, { ...options, lastScale: 1 } as never);
    expect(flow.logProb(x, context)).toBeAllClose(same.logProb(x, context), {});
  });

  it.each(specs)('gives back a saved flow: $flow', async (spec) => {
    const flow = buildFlow(forFlow, { ...spec, lastScale: 1 });
    const saved: tf.io.ModelArtifacts[] = [];
    const memory = tf.io.withSaveHandler((artifacts) => {
      saved.push(artifacts);
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' },
      });
    });
    await save(memory, flow, spec);
    const again = await load(tf.io.fromMemory(saved[0]!), (config) =>
      buildFlow(forX, config as FlowSpec),
    );
    const x = forX.normal([4, 3]);
    const context = spec.context === 1 ? forContext.normal([4, 1]) : undefined;
    expect(again.logProb(x, context)).toBeAllClose(flow.logProb(x, context), {});
  });

  it('refuses names and options that it does not know', () => {
    expect(() => buildFlow(forFlow, { flow: 'glow', features: 2 } as never)).toThrow(
      'flow must be one of realNVP, maf, iaf, nsfCoupling, nsfAutoregressive, umnnMaf, umnnCoupling, graphical, got glow',
    );
    expect(() => buildFlow(forFlow, { flow: 'toString', features: 2 } as never)).toThrow(
      OptionError,
    );
    expect(() => buildFlow(forFlow, { flow: 'maf', features: 2, bins: 8 } as never)).toThrow(
      "maf: unknown option 'bins'",
    );
  });
});
