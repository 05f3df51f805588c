import { checkCount, checkOptions, DataError } from '@pushforward/tensors';
import { checkFinite, checkNames, type Rows, rowCount, takeColumns } from '../split/rows.js';
import { Split } from '../split/split.js';
import { startsOfWindows } from './startsOfWindows.js';

/** Numbers that are read together: one row an instant, one column a quantity. */
export interface Channels extends Required<Rows> {
  /** The unit of each column, such as `'rad / s'`; `'1'` where it has none. */
  readonly units: readonly string[];
}

/** What a {@link TimeSeries} is made of. */
export interface TimeSeriesParts {
  /** `[N]`, finite and increasing. */
  readonly time: Float64Array;
  /** The unit of time; `'s'` by default. */
  readonly timeUnit?: string;
  /** What drives the system, N rows; none by default. */
  readonly inputs?: Channels;
  /** What is read of the system, N rows. */
  readonly outputs: Channels;
  /** What the series is called in messages. */
  readonly name?: string;
  /** Where it comes from, and under which licence. */
  readonly source?: string;
}

const NONE: Channels = { x: new Float32Array(0), features: 0, columns: [], units: [] };

/**
 * One run of a system: what drove it and what was read of it, at increasing times.
 *
 * It lives on the host and never changes. `windows` cuts it into the rows of a {@link Split}, from which any model
 * learns.
 *
 * @example
 * ```ts
 * import { TimeSeries } from '@pushforward/datasets';
 * const run = new TimeSeries({
 *   time: Float64Array.of(0, 0.1, 0.2, 0.3),
 *   inputs: { x: Float32Array.of(5, 5, 0, 0), features: 1, columns: ['voltage'], units: ['V'] },
 *   outputs: { x: Float32Array.of(0, 1, 3, 4), features: 1, columns: ['angle'], units: ['rad'] },
 * });
 * const pairs = run.windows(2, { stride: 1 }); // 3 rows of 2 angles, given 2 voltages
 * ```
 */
export class TimeSeries {
  /** Instants. */
  readonly length: number;
  /** `[length]`, increasing. */
  readonly time: Float64Array;
  /** The unit of time. */
  readonly timeUnit: string;
  /** What drives the system; `features` is 0 where nothing does. */
  readonly inputs: Channels;
  /** What is read of the system. */
  readonly outputs: Channels;
  /** What it is called in messages. */
  readonly name: string;
  /** Where it comes from, and under which licence. */
  readonly source: string;

  /** @throws DataError when the parts do not fit together, a number is not finite, or time does not increase */
  constructor(parts: TimeSeriesParts) {
    const known = ['time', 'timeUnit', 'inputs', 'outputs', 'name', 'source'] as const;
    checkOptions('TimeSeries', parts, known);
    const { time, timeUnit = 's', inputs = NONE, outputs } = parts;
    const { name = 'series', source = 'given' } = parts;
    this.length = time.length;
    this.time = time;
    this.timeUnit = timeUnit;
    this.inputs = inputs;
    this.outputs = outputs;
    this.name = name;
    this.source = source;
    this.checkTime();
    this.checkChannels('outputs', outputs);
    if (inputs.features > 0) this.checkChannels('inputs', inputs);
  }

  /** The instants from `start` up to, not including, `end`; they share their memory with this series. */
  slice(start: number, end = this.length): TimeSeries {
    const part = (channels: Channels): Channels => ({
      ...channels,
      x: channels.x.subarray(start * channels.features, end * channels.features),
    });
    return this.with({
      time: this.time.subarray(start, end),
      inputs: part(this.inputs),
      outputs: part(this.outputs),
    });
  }

  /**
   * The series with only these outputs, in this order.
   *
   * @throws DataError for an output that is not there
   */
  select(outputs: readonly string[]): TimeSeries {
    const { columns, units } = this.outputs;
    const indices = outputs.map((name) => {
      const index = columns.indexOf(name);
      if (index < 0)
        throw new DataError(
          `${this.name}: there is no output '${name}'; the outputs are ${columns.join(', ')}.`,
        );
      return index;
    });
    return this.with({
      outputs: { ...takeColumns(this.outputs, indices), units: indices.map((i) => units[i]!) },
    });
  }

  /**
   * Pieces of `length` instants, as rows: x `[rows, length * outputs]`, instant after instant, and, given inputs,
   * the context `[rows, length * inputs]` in the same order; the columns are named `angle[0], angle[1], ...`.
   *
   * Windows in which an instant is missing are left out: all steps of time in them are alike, up to a quarter.
   *
   * @param options `stride`: instants from the start of a window to that of the next; `length` by default, so that none
   * is in two windows
   * @throws DataError when no window is whole
   */
  windows(length: number, options: { stride?: number } = {}): Split {
    checkOptions('windows', options, ['stride']);
    const { stride = length } = options;
    checkCount('windows', 'the length', length, 1);
    checkCount('windows', 'the stride', stride, 1);
    const starts = startsOfWindows(this.time, length, stride);
    if (starts.length === 0)
      throw new DataError(
        `${this.name}: no ${length} instants follow each other without a gap; there are ${this.length} in all.`,
      );
    const { inputs, outputs, name, source } = this;
    return new Split({
      ...windowsOf(outputs, starts, length),
      ...(inputs.features > 0 && {
        context: { ...windowsOf(inputs, starts, length), features: length * inputs.features },
      }),
      ...{ name, source },
    });
  }

  private with(parts: Partial<TimeSeriesParts>): TimeSeries {
    const { time, timeUnit, inputs, outputs, name, source } = this;
    return new TimeSeries({ time, timeUnit, inputs, outputs, name, source, ...parts });
  }

  private checkTime(): void {
    const { time, name } = this;
    const wrong = time.findIndex((t, i) => !Number.isFinite(t) || (i > 0 && t <= time[i - 1]!));
    if (wrong >= 0)
      throw new DataError(
        `${name}: time must be finite and increase; at ${wrong} it is ${time[wrong]!}` +
          `${wrong > 0 ? `, after ${time[wrong - 1]!}` : ''}.`,
      );
    if (time.length === 0) throw new DataError(`${name}: there is no instant in it.`);
  }

  private checkChannels(part: string, channels: Channels): void {
    const where = `${this.name}: ${part}`;
    const length = rowCount(where, channels);
    const { features, columns, units } = channels;
    if (length !== this.length)
      throw new DataError(`${where}: ${length} rows for ${this.length} instants.`);
    if (columns.length !== features || units.length !== features)
      throw new DataError(
        `${where}: ${features} columns have ${columns.length} names and ${units.length} units.`,
      );
    checkNames(where, columns);
    checkFinite(where, channels);
  }
}

function windowsOf({ x, features, columns }: Channels, starts: readonly number[], length: number) {
  const rows = new Float32Array(starts.length * length * features);
  for (const [row, start] of starts.entries())
    rows.set(x.subarray(start * features, (start + length) * features), row * length * features);
  const names = Array.from({ length }, (_, i) => columns.map((column) => `${column}[${i}]`));
  return { x: rows, columns: names.flat() };
}
