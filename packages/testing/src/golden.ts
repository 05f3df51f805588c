/// <reference types="node" />
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, it } from 'vitest';
import type { Tolerance } from './matchers.js';

/** `PUSHFORWARD_GOLDEN`, or the folder beside the repository. */
const folder =
  process.env.PUSHFORWARD_GOLDEN ??
  fileURLToPath(new URL('../../../../shared/golden', import.meta.url));

/** Reference values of one topic, computed in float64 or better. */
export interface Golden {
  readonly topic: string;
  /** Formulas, conventions and shapes: read it before using the file. */
  readonly description: string;
  /** What float32 arithmetic can be held to. */
  readonly tolerance: Tolerance;
  readonly cases: readonly GoldenCase[];
}

export interface GoldenCase {
  readonly name: string;
  readonly params: GoldenRecord;
  readonly input: GoldenRecord;
  readonly output: GoldenRecord;
}

/** Named values, read as what the test says they are; anything else is an error that names the field. */
export class GoldenRecord {
  constructor(
    private readonly where: string,
    private readonly fields: Readonly<Record<string, unknown>>,
  ) {}

  get names(): string[] {
    return Object.keys(this.fields);
  }

  has(name: string): boolean {
    return name in this.fields;
  }

  number(name: string): number {
    return toNumber(this.field(name), `${this.where}.${name}`);
  }

  text(name: string): string {
    const value = this.field(name);
    if (typeof value !== 'string') throw new Error(`${this.where}.${name} is not a text.`);
    return value;
  }

  /** Yes or no. */
  flag(name: string): boolean {
    const value = this.field(name);
    if (typeof value !== 'boolean') throw new Error(`${this.where}.${name} is not true or false.`);
    return value;
  }

  /** A list of numbers; where the file has null (undefined there) it is NaN. */
  vector(name: string): number[] {
    return toList(this.field(name), `${this.where}.${name}`).map((value) =>
      toNumber(value, `${this.where}.${name}`),
    );
  }

  matrix(name: string): number[][] {
    const where = `${this.where}.${name}`;
    return toList(this.field(name), where).map((row) =>
      toList(row, where).map((value) => toNumber(value, where)),
    );
  }

  /** Numbers nested to any depth, as a float32 tensor; the caller disposes it. */
  tensor(name: string): tf.Tensor {
    return tf.tensor(toNested(this.field(name), `${this.where}.${name}`));
  }

  record(name: string): GoldenRecord {
    return toRecord(this.field(name), `${this.where}.${name}`);
  }

  records(name: string): GoldenRecord[] {
    const where = `${this.where}.${name}`;
    return toList(this.field(name), where).map((value, i) => toRecord(value, `${where}[${i}]`));
  }

  private field(name: string): unknown {
    if (!this.has(name))
      throw new Error(`${this.where} has no '${name}'; it has ${this.names.join(', ')}.`);
    return this.fields[name];
  }
}

/**
 * The golden file `name`, such as `t03_rqs`.
 *
 * @throws Error where the files are absent; {@link describeGolden} skips instead
 */
export function golden(name: string): Golden {
  const file = JSON.parse(readFileSync(fileOf(name), 'utf8')) as Record<string, unknown>;
  const tolerance = toRecord(file.tolerance_float32, name);
  return {
    topic: String(file.topic),
    description: String(file.description),
    tolerance: { abs: tolerance.number('abs'), rel: tolerance.number('rel') },
    cases: toList(file.cases, name).map((item) => {
      const { name: caseName, params, input, output } = item as Record<string, unknown>;
      const where = `${name} ${String(caseName)}`;
      return {
        name: String(caseName),
        params: toRecord(params, `${where}.params`),
        input: toRecord(input, `${where}.input`),
        output: toRecord(output, `${where}.output`),
      };
    }),
  };
}

/** Describes tests against the golden file `name`; where the files are absent, skips them with a message. */
export function describeGolden(name: string, body: (file: Golden) => void): void {
  if (existsSync(fileOf(name))) {
    describe(`golden values ${name}`, () => {
      body(golden(name));
    });
    return;
  }
  const reason = `no golden values at ${folder}: set PUSHFORWARD_GOLDEN to their folder`;
  console.warn(`SKIPPED ${name}: ${reason}.`);
  it.skip(`golden values ${name} (${reason})`, () => undefined);
}

function fileOf(name: string): string {
  return path.join(folder, `${name}.json`);
}

type Nested = number | Nested[];

function toNested(value: unknown, where: string): never[] {
  const nested = (value: unknown): Nested =>
    Array.isArray(value) ? value.map(nested) : toNumber(value, where);
  // tfjs types nesting to six levels only.
  return nested(value) as never[];
}

function toNumber(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  if (value === null || value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  throw new Error(`${where} is not a number.`);
}

function toList(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} is not a list.`);
  return value;
}

function toRecord(value: unknown, where: string): GoldenRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} is not a record.`);
  return new GoldenRecord(where, value as Record<string, unknown>);
}
