import { Key } from '@pushforward/tensors';
import '@pushforward/testing';
import { fit } from '@pushforward/training';
import { describe, expect, it } from 'vitest';
import { flowPosteriors } from '../../test/flowPosteriors.js';
import { inOrder } from '../../test/inOrder.js';
import { bernoulli, elbo, perceptron, vae } from '../index.js';

describe('with a flow posterior', () => {
  it.each(Object.entries(flowPosteriors))(
    '%s: a model learns, compiled as eagerly',
    async (_, make) => {
      const x = Key.from(1).bernoulli(0.3, [32, 6]);
      const losses = async (compile: boolean) => {
        const model = vae(Key.from(3), {
          likelihood: bernoulli(6),
          posterior: make(),
          encoder: perceptron([8]),
          decoder: perceptron([8]),
          objective: elbo(),
        });
        const options = { key: Key.from(4), epochs: 3, batchSize: 16, compile, learningRate: 1e-2 };
        const { history } = await fit(model, { train: inOrder(x) }, options);
        return history.map(({ trainLoss }) => trainLoss);
      };
      const eager = await losses(false);
      expect(await losses(true)).toBeAllClose(eager, { rel: 1e-4 });
      expect(eager.at(-1)!).toBeLessThan(eager[0]!);
    },
  );
});
