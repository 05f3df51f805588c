/** Exported flows before the official checker, run by ONNX Runtime in WebAssembly and in Python. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '@pushforward/compile';
import { Key, type Tensor, useEngine } from '@pushforward/tensors';
import { valuesOf } from '@pushforward/testing';
import * as web from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scatter } from './rows.js';
import { flows } from './table.js';

const python = process.env.PUSHFORWARD_PYTHON ?? 'python3';
const folder = mkdtempSync(join(tmpdir(), 'pushforward-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function has(module: string): boolean {
  try {
    execFileSync(python, ['-c', `import numpy, ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(
      `SKIPPED: ${python} has no ${module}; pip install numpy ${module}, or set PUSHFORWARD_PYTHON.`,
    );
    return false;
  }
}

/** Every file once: what is wrong with it, or null. */
const check = `
import json, onnx, sys
complaints = {}
for case in json.load(open(sys.argv[1])):
    try:
        complaints[case['name']] = onnx.checker.check_model(case['model'], full_check=True)
    except Exception as error:
        complaints[case['name']] = str(error)
json.dump(complaints, sys.stdout)`;

/** Every file once: its results, end to end. */
const run = `
import json, numpy, onnxruntime, sys
results = {}
for case in json.load(open(sys.argv[1])):
    session = onnxruntime.InferenceSession(case['model'], providers=['CPUExecutionProvider'])
    feeds = {name: numpy.array(values, 'f4').reshape(shape) for name, (shape, values) in case['feeds'].items()}
    results[case['name']] = [float(y) for y in session.run(None, feeds)[0].ravel()]
json.dump(results, sys.stdout)`;

const inPython = <Result>(script: string, manifest: string) =>
  JSON.parse(execFileSync(python, ['-c', script, manifest], { encoding: 'utf8' })) as Readonly<
    Record<string, Result>
  >;

const [rows, features] = [20, 2];

interface Exported {
  readonly name: string;
  readonly model: string;
  readonly feeds: Readonly<Record<string, readonly [shape: number[], values: number[]]>>;
  readonly expected: number[];
}

/** Files of the density and of the draws, with the numbers to feed them and those that the engine gives. */
async function exportsOf(
  { name, build }: (typeof flows)[number],
  contextSize: number,
): Promise<Exported[]> {
  const title = contextSize === 0 ? name : `${name} with context`;
  const law = scatter(build(Key.from(1), features, contextSize), Key.from(2), 0.2);
  // Points for the density; the noise that the key draws for the draws.
  const x = Key.from(3).normal([rows, features]);
  const context = contextSize === 0 ? undefined : Key.from(4).normal([rows, contextSize]);
  const feed = (input: string, tensor: Tensor | undefined) =>
    tensor === undefined
      ? {}
      : { [input]: [tensor.shape, [...tensor.dataSync()]] as [number[], number[]] };
  const [density, draws] = ['density', 'draws'].map((part) =>
    join(folder, `${title} ${part}.onnx`),
  );

  await exportOnnx((x: Tensor, c?: Tensor) => law.logProb(x, c), [x, context], density);
  const shape = contextSize === 0 ? [rows] : [];
  const sample = (key: Key, c?: Tensor) => law.sample(key, shape, c);
  await exportOnnx(sample, [Key.from(5), context], draws);
  return [
    {
      name: `${title} density`,
      model: density!,
      feeds: { ...feed('argument0', x), ...feed('argument1', context) },
      expected: valuesOf(law.logProb(x, context)),
    },
    {
      name: `${title} draws`,
      model: draws!,
      feeds: { ...feed('draw0', x), ...feed('argument0', context) },
      expected: valuesOf(sample(Key.from(3), context)),
    },
  ];
}

const cases = new Map<string, Exported>();
const manifest = join(folder, 'cases.json');
beforeAll(async () => {
  await useEngine('wasm');
  for (const row of flows)
    for (const contextSize of [0, 2])
      for (const exported of await exportsOf(row, contextSize)) cases.set(exported.name, exported);
  writeFileSync(manifest, JSON.stringify([...cases.values()]));
});

const names = flows.flatMap(({ name }) =>
  [name, `${name} with context`].flatMap((title) => [`${title} density`, `${title} draws`]),
);
const tolerance = { abs: 1e-4, rel: 1e-4 };

describe('the same numbers in WebAssembly', () => {
  it.each(names)('%s', async (name) => {
    const { model, feeds, expected } = cases.get(name)!;
    const options = { executionProviders: ['wasm'] };
    const session = await web.InferenceSession.create(readFileSync(model), options);
    const tensors: Record<string, web.Tensor> = {};
    for (const [input, [shape, values]] of Object.entries(feeds))
      tensors[input] = new web.Tensor('float32', values, shape);
    const { result0 } = await session.run(tensors);
    expect(result0!.data as Float32Array).toBeAllClose(expected, tolerance);
    await session.release();
  });
});

const checks = has('onnx');
describe.skipIf(!checks)('no complaint of the official checker', () => {
  let complaints: Readonly<Record<string, string | null>>;
  beforeAll(() => {
    complaints = inPython(check, manifest);
  });
  it.each(names)('%s', (name) => {
    expect(complaints[name]).toBeNull();
  });
});

const runs = has('onnxruntime');
describe.skipIf(!runs)('the same numbers in Python', () => {
  let results: Readonly<Record<string, number[]>>;
  beforeAll(() => {
    results = inPython(run, manifest);
  });
  it.each(names)('%s', (name) => {
    expect(results[name]).toBeAllClose(cases.get(name)!.expected, tolerance);
  });
});
