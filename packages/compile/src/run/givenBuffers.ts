/** Memory of ours that a runtime puts results into. */
import type { InferenceSession } from 'onnxruntime-common';
import { OnnxGraph } from '../onnx/model.js';
import type { Runtime } from './runtimes.js';

const known = new WeakMap<Runtime, Promise<boolean>>();

/**
 * Do results lie in the buffers that a runtime is given for them?
 *
 * The build for Node fills them, that for the web leaves them as they are, and neither says so: a tiny program tells. A runtime
 * that refuses them is given none.
 */
export function fillsBuffers(
  runtime: Runtime,
  { executionProviders }: InferenceSession.SessionOptions,
): Promise<boolean> {
  const options = executionProviders === undefined ? {} : { executionProviders };
  const answer = known.get(runtime) ?? tried(runtime, options).catch(() => false);
  known.set(runtime, answer);
  return answer;
}

async function tried(
  { InferenceSession, Tensor }: Runtime,
  options: InferenceSession.SessionOptions,
): Promise<boolean> {
  const graph = new OnnxGraph();
  graph.output('y', graph.input('x', 'float32', [1]), 'float32', [1]);
  const session = await InferenceSession.create(graph.finish(), options);
  const y = new Float32Array(1);
  await session.run(
    { x: new Tensor('float32', Float32Array.of(1), [1]) },
    { y: new Tensor('float32', y, [1]) },
  );
  await session.release();
  return y[0] === 1;
}
