import { type EpochReport, OptionError } from '@pushforward/tensors';
import type { Plan, Progress, StepReport } from './progress.js';

/** What is written to: `process.stderr`, or anything like it. */
export interface Terminal {
  /** Shows a text as it is. */
  write(text: string): unknown;
  /** Whether a line can be overwritten. */
  readonly isTTY?: boolean;
  /** How many characters a line holds; 80 by default. */
  readonly columns?: number;
}

const BAR = 24;
/** Milliseconds between two pictures of the bar, and between two plain lines. */
const REDRAW = 100;
const LINE = 5000;

/**
 * Shows a run on a terminal: a bar with epoch, losses, speed and time left; where lines cannot be overwritten, a
 * plain line every few seconds.
 *
 * @param terminal `process.stderr` by default
 * @param now milliseconds of a clock
 * @throws OptionError where there is no `process.stderr` and no terminal is given
 */
export function terminalProgress(
  terminal: Terminal | undefined = standardError(),
  now: () => number = () => performance.now(),
): Progress {
  if (terminal === undefined)
    throw new OptionError('terminalProgress: there is no process.stderr here; pass a terminal.');
  return new TerminalProgress(terminal, now);
}

class TerminalProgress implements Progress {
  private plan: Plan = { epochs: 0, steps: 0, stepsDone: 0 };
  private started = 0;
  private written = Number.NEGATIVE_INFINITY;
  private line = '';
  private last: StepReport | undefined;
  private validation: number | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {}

  start(plan: Plan): void {
    this.plan = plan;
    this.started = this.now();
  }

  step(report: StepReport): void {
    this.last = report;
    if (this.terminal.isTTY && this.now() - this.written >= REDRAW) this.draw();
  }

  epoch(report: EpochReport): void {
    this.validation = report.validationLoss;
    if (this.now() - this.written >= (this.terminal.isTTY ? REDRAW : LINE)) this.draw();
  }

  end(): void {
    if (this.last === undefined) return;
    const finished = this.describe();
    if (this.terminal.isTTY || finished !== this.line) this.draw();
    if (this.terminal.isTTY) this.terminal.write('\n');
  }

  private draw(): void {
    this.written = this.now();
    this.line = this.describe();
    // Overwrite the line and erase what is left of the old one.
    const width = (this.terminal.columns ?? 80) - 1;
    this.terminal.write(
      this.terminal.isTTY ? `\r${this.line.slice(0, width)}\x1b[K` : `${this.line}\n`,
    );
  }

  private describe(): string {
    const { epoch, step, loss } = this.last ?? { epoch: 0, step: this.plan.stepsDone, loss: NaN };
    const seconds = (this.now() - this.started) / 1000;
    const speed = (step - this.plan.stepsDone) / seconds;
    const done = step / this.plan.steps;
    const full = Math.round(BAR * Math.min(1, done));
    const parts = [
      `epoch ${epoch}/${this.plan.epochs}`,
      this.terminal.isTTY ? `${'█'.repeat(full)}${'░'.repeat(BAR - full)}` : '',
      `${Math.floor(100 * done)}%`,
      `loss ${loss.toPrecision(4)}`,
      this.validation === undefined ? '' : `validation ${this.validation.toPrecision(4)}`,
      seconds > 0 ? `${speed.toPrecision(3)} steps/s` : '',
      speed > 0 ? `${duration((this.plan.steps - step) / speed)} left` : '',
    ];
    return parts.filter((part) => part !== '').join('  ');
  }
}

/** 75 -> 1:15, 3675 -> 1:01:15. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

function standardError(): Terminal | undefined {
  // A browser has no process; nothing of Node is imported.
  return (globalThis as { process?: { stderr?: Terminal } }).process?.stderr;
}
