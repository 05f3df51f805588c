import { vi } from 'vitest';
import { run } from '../run.js';

/** What a command line printed, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process and catches what it prints. */
export async function commandLine(...words: string[]): Promise<Outcome> {
  const printed = { out: '', err: '' };
  const catchInto = (name: 'out' | 'err') => (text: unknown, done: unknown) => {
    printed[name] += String(text);
    if (typeof done === 'function') (done as () => void)();
    return true;
  };
  const line = (name: 'out' | 'err') => (text: unknown) => {
    printed[name] += `${String(text)}\n`;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(catchInto('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(catchInto('err')),
    vi.spyOn(console, 'log').mockImplementation(line('out')),
    vi.spyOn(console, 'error').mockImplementation(line('err')),
  ];
  try {
    return { code: await run(words), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
