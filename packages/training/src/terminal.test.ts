import { describe, expect, it } from 'vitest';
import { terminalProgress } from './index.js';

/** Runs 200 steps of 10 epochs, half a second each, and gives back what was written. */
function watch(terminal: { isTTY?: boolean; columns?: number }): string[] {
  const written: string[] = [];
  let clock = 0;
  const progress = terminalProgress(
    { ...terminal, write: (text) => written.push(text) },
    () => clock,
  );
  progress.start({ epochs: 10, steps: 200, stepsDone: 0 });
  for (let step = 1; step <= 200; step++) {
    clock += 500;
    const epoch = Math.ceil(step / 20);
    progress.step({ step, epoch, loss: 1000 / step });
    if (step % 20 === 0) progress.epoch({ epoch, step, trainLoss: 1, validationLoss: 7 / epoch });
  }
  progress.end();
  return written;
}

describe('terminalProgress', () => {
  it('redraws one line on a terminal', () => {
    const written = watch({ isTTY: true, columns: 200 });
    expect(written[99]).toBe(
      '\repoch 5/10  ████████████░░░░░░░░░░░░  50%  loss 10.00  validation 1.750  2.00 steps/s  0:50 left\x1b[K',
    );
    expect(written.at(-1)).toBe('\n');
    expect(written.slice(0, -1).every((text) => text.startsWith('\r'))).toBe(true);
  });

  it('does not wrap on a narrow terminal', () => {
    for (const text of watch({ isTTY: true, columns: 30 }).slice(0, -1))
      expect(text.slice(1, -3)).toHaveLength(29);
  });

  it('writes a plain line now and then elsewhere, the last one always', () => {
    const written = watch({});
    expect(written).toHaveLength(10);
    expect(written[4]).toBe(
      'epoch 5/10  50%  loss 10.00  validation 1.400  2.00 steps/s  0:50 left\n',
    );
    expect(written.at(-1)).toBe(
      'epoch 10/10  100%  loss 5.000  validation 0.7000  2.00 steps/s  0:00 left\n',
    );
  });

  it('counts speed from where an interrupted run goes on, in hours where it is slow', () => {
    const written: string[] = [];
    let clock = 0;
    const progress = terminalProgress({ write: (text) => written.push(text) }, () => clock);
    progress.start({ epochs: 10, steps: 1000, stepsDone: 500 });
    clock = 10_000;
    progress.step({ step: 501, epoch: 6, loss: 1 });
    progress.end();
    expect(written).toEqual(['epoch 6/10  50%  loss 1.000  0.100 steps/s  1:23:10 left\n']);
  });
});
