import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Key, LoadError, OptionError, save } from '@pushforward/tensors';
import { onEachEngine } from '@pushforward/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Example, run } from '../test/example.js';

let folder: string;
let checkpoint: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pushforward-checkpoint-'));
  checkpoint = `file://${folder}`;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A run that ends itself at a step. */
function interruptedAt(last: number) {
  const controller = new AbortController();
  return run({
    checkpoint,
    checkpointSeconds: 0,
    signal: controller.signal,
    onStep: ({ step }) => {
      if (step === last) controller.abort();
    },
  });
}

onEachEngine(() => {
  let uninterrupted: ReturnType<typeof run>;
  beforeAll(() => {
    uninterrupted = run();
    return uninterrupted;
  });

  it.each([1, 37, 40])('goes on from step %d to the same numbers', async (step) => {
    const { stopReason, steps } = await interruptedAt(step);
    expect(stopReason).toBe('aborted');
    expect(steps).toBe(step);
    expect(await run({ checkpoint, resume: true })).toEqual(await uninterrupted);
  });
});

describe('a checkpoint', () => {
  it('of a finished run gives its result again', async () => {
    const whole = await run({ checkpoint });
    let steps = 0;
    expect(await run({ checkpoint, resume: true, onStep: () => steps++ })).toEqual(whole);
    expect(steps).toBe(0);
  });

  it('lets a run be made longer', async () => {
    await run({ checkpoint, epochs: 5 });
    const { history } = await run({ checkpoint, resume: true, epochs: 7 });
    expect(history.map((report) => report.epoch)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('that is not there yet is a start from the beginning', async () => {
    expect(await run({ checkpoint: `${checkpoint}/none`, resume: true })).toEqual(await run());
  });

  it('of another run is refused', async () => {
    await interruptedAt(3);
    await expect(run({ checkpoint, resume: true, key: Key.from(4) })).rejects.toThrow(OptionError);
    await expect(run({ checkpoint, resume: true, batchSize: 9 })).rejects.toThrow(
      'batchSize 8, got 9',
    );
    const model = new Example();
    await save(checkpoint, model, { hidden: 3 });
    await expect(run({ checkpoint, resume: true })).rejects.toThrow('no checkpoint of a run');
    model.dispose();
  });

  it.each(['weights.safetensors', 'config.json'])('with a damaged %s is refused', async (name) => {
    await interruptedAt(3);
    const file = join(folder, name);
    const bytes = readFileSync(file);
    bytes[bytes.length - 9]! ^= 1;
    for (const damaged of [bytes, bytes.subarray(0, bytes.length / 2)]) {
      writeFileSync(file, damaged);
      await expect(run({ checkpoint, resume: true })).rejects.toThrow(LoadError);
    }
  });
});
