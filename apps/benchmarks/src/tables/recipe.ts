import { createHash } from 'node:crypto';
import type { Split } from '@pushforward/datasets';
import type { Recipe } from '../studies/learn.js';

/** How a flow is fitted to a table of so many rows: some twenty steps an epoch, and an end when validation stops improving. */
export function recipeFor(rows: number, epochs: number): Recipe {
  const batchSize = 2 ** Math.round(Math.log2(Math.min(512, Math.max(16, rows / 20))));
  return { epochs, batchSize, learningRate: 2e-3, patience: 25 };
}

/** A 32-bit number that changes with the rows and with what is done to them. */
export function fingerprint(table: Split, settings: unknown): number {
  return createHash('sha256')
    .update(JSON.stringify([table.columns, table.target?.name, settings]))
    .update(new Uint8Array(table.x.buffer, table.x.byteOffset, table.x.byteLength))
    .digest()
    .readUInt32LE();
}
