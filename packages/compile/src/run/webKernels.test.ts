/** Every kernel in ONNX Runtime's WebAssembly build, as in a browser. */
import '@pushforward/testing';
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { compile } from '../compile.js';
import { cases } from '../kernelCases/index.js';
import { useRuntime } from './runtimes.js';

useRuntime(web);
const options = { target: 'onnx', session: { executionProviders: ['wasm'] } } as const;

test.each(Object.entries(cases))('%s', async (_, make) => {
  const { fn, args } = make('cpu');
  const compiled = compile(fn, options);
  const got = [await compiled(...args)].flat();
  const expected = [fn(...args)].flat();
  expect(got).toHaveLength(expected.length);
  for (const [i, tensor] of got.entries())
    expect(tensor).toBeAllClose(expected[i]!, { abs: 1e-5, rel: 2e-5 });
  compiled.dispose();
});
