/** A download from the GPU that fails is no more than that: the next one tries again. */
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { expect, test } from 'vitest';
import { Downloader } from './graphics.js';
import { GraphicsState } from './graphicsState.js';
import type { Runtime } from './runtimes.js';

const onGraphics = {
  type: 'float32',
  dims: [2],
  location: 'gpu-buffer',
  dispose: () => undefined,
} as unknown as Tensor;

/** Gives what `work` gives, but fails at first. */
function failingOnce<T>(work: () => T): () => Promise<T> {
  let calls = 0;
  return () =>
    calls++ === 0 ? Promise.reject(new Error('the GPU is lost')) : Promise.resolve(work());
}

test('a session that was not created is created again, and once', async () => {
  let created = 0;
  let released = 0;
  const session = {
    run: () => Promise.resolve({ result0: { data: Float32Array.of(1, 2) } }),
    release: () => Promise.resolve(released++),
  };
  const create = failingOnce(() => {
    created++;
    return session as unknown as InferenceSession;
  });
  const runtime = { InferenceSession: { create } } as unknown as Runtime;
  const downloader = new Downloader(runtime, {});
  await expect(downloader.download(onGraphics)).rejects.toThrow('the GPU is lost');
  for (let i = 0; i < 2; i++)
    expect(await downloader.download(onGraphics)).toEqual(Float32Array.of(1, 2));
  await downloader.release();
  expect([created, released]).toEqual([1, 1]);
});

test('a variable that did not come to the host is fetched again', async () => {
  const download = failingOnce(() => Float32Array.of(1, 2));
  const downloader = { download } as unknown as Downloader;
  const state = new GraphicsState(
    { variables: [] },
    new Float32Array(2),
    () => onGraphics,
    downloader,
  );
  state.replace(onGraphics);
  await expect(state.dispose()).rejects.toThrow('the GPU is lost');
  await expect(state.dispose()).resolves.toBeUndefined();
});
