/** Flows of many features, whose inverse has a pass for each: a program holds one of them. */
import { compile } from '@pushforward/compile';
import { maf } from '@pushforward/flows';
import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import { beforeAll, expect, it } from 'vitest';
import { scatter } from './rows.js';
import { difference } from './training.js';

beforeAll(() => useEngine('wasm'));

it('draw in loops what they draw pass by pass', async () => {
  const flow = maf(Key.from(1), { features: 70, transforms: 2, hidden: [80], context: 3 });
  scatter(flow, Key.from(4), 0.1);
  const context = Key.from(2).normal([20, 3]);
  const draw = compile((key: Key, context: Tensor) => flow.sampleAndLogProb(key, [2], context));
  const compiled = await draw(Key.from(3), context);
  const eager = flow.sampleAndLogProb(Key.from(3), [2], context);
  for (const [i, tensor] of compiled.entries())
    expect(difference(tensor, eager[i]!)).toBeLessThan(1e-4);
  const program = draw.explain();
  expect(program.match(/turns: 70/g)).toHaveLength(2);
  // Written out, passes of ten operations and more would be thousands of them.
  expect(Number(/(\d+) nodes/.exec(program)![1])).toBeLessThan(700);
});
