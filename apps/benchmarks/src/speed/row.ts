/** What is known of an engine at a workload; times in milliseconds. */
export interface Row {
  readonly workload: string;
  readonly engine: string;
  /** One training step, the loss read back. */
  readonly trainMedianMs: number;
  readonly trainMinMs: number;
  /** The mean log-density of one batch, the least of several times. */
  readonly evalMs: number | null;
  /** A thousand samples, the least of several times. */
  readonly sampleMs: number | null;
  /** Peak of the process, imports and compilation included; a page does not know. */
  readonly rssMb: number | null;
  /** The first training step: recording, simplifying, the runtime's preparation; null where nothing is known of it. */
  readonly compileS: number | null;
  /** From the start of the process to the end of the first training step. */
  readonly coldS: number;
  /** Numbers trained. */
  readonly params: number;
  /** Mean loss of the first and of the last eight steps. */
  readonly lossFirst: number;
  readonly lossLast: number;
  /** Loss of the steps 1 and 30; null where there were fewer steps. */
  readonly loss1: number;
  readonly loss30: number | null;
}

/** One row for each workload and engine: the least times of all its turns, its other numbers from the first. */
export function best(rows: readonly Row[]): Row[] {
  const turns = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.workload} ${row.engine}`;
    turns.set(name, [...(turns.get(name) ?? []), row]);
  }
  return [...turns.values()].map((rows) => ({
    workload: rows[0]!.workload,
    engine: rows[0]!.engine,
    trainMedianMs: least(rows, 'trainMedianMs')!,
    trainMinMs: least(rows, 'trainMinMs')!,
    evalMs: least(rows, 'evalMs'),
    sampleMs: least(rows, 'sampleMs'),
    rssMb: least(rows, 'rssMb'),
    compileS: least(rows, 'compileS'),
    coldS: least(rows, 'coldS')!,
    params: rows[0]!.params,
    lossFirst: rows[0]!.lossFirst,
    lossLast: rows[0]!.lossLast,
    loss1: rows[0]!.loss1,
    loss30: rows[0]!.loss30,
  }));
}

function least(rows: readonly Row[], name: keyof Row): number | null {
  const values = rows.map((row) => row[name]).filter((value) => typeof value === 'number');
  return values.length === 0 ? null : Math.round(Math.min(...values) * 1e4) / 1e4;
}

/** A row as a line of text. */
export function lineOf(row: Row): string {
  const number = (value: number | null, width: number, digits = 2) =>
    (value === null ? '-' : value.toFixed(digits)).padStart(width);
  return (
    `${row.workload.padEnd(24)}${row.engine.padEnd(12)} train ${number(row.trainMinMs, 8)} ` +
    `(median ${number(row.trainMedianMs, 8)}) eval ${number(row.evalMs, 8)} sample ` +
    `${number(row.sampleMs, 8)} ms ${number(row.rssMb, 6, 0)} MB compile ` +
    `${number(row.compileS, 5)} cold ${number(row.coldS, 5)} s ` +
    `loss ${number(row.loss1, 8, 4)} ${number(row.loss30, 8, 4)}`
  );
}
