/** The file of every kernel before the official checker of ONNX, where Python has it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@pushforward/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportOnnx } from '../export.js';
import { cases } from '../kernelCases/index.js';

const python = process.env.PUSHFORWARD_PYTHON ?? 'python3';

function hasChecker(): boolean {
  try {
    execFileSync(python, ['-c', 'import onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`SKIPPED: ${python} has no onnx; pip install onnx, or set PUSHFORWARD_PYTHON.`);
    return false;
  }
}

/** What is wrong with each file of a folder, or null. */
const check = `
import json, onnx, pathlib, sys
complaints = {}
for file in pathlib.Path(sys.argv[1]).iterdir():
    try:
        complaints[file.stem] = onnx.checker.check_model(str(file), full_check=True)
    except Exception as error:
        complaints[file.stem] = str(error)
json.dump(complaints, sys.stdout)`;

const all = Object.entries(cases);

describe.skipIf(!hasChecker())('no complaint of the official checker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pushforward-'));
  let complaints: Readonly<Record<string, string | null>>;
  beforeAll(async () => {
    for (const [kernel, make] of all) {
      const { fn, args } = make('cpu');
      await exportOnnx(fn, args, join(folder, `${kernel}.onnx`));
    }
    complaints = JSON.parse(
      execFileSync(python, ['-c', check, folder], { encoding: 'utf8' }),
    ) as typeof complaints;
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test.each(all)('%s', (kernel) => {
    expect(complaints[kernel]).toBeNull();
  });
});
