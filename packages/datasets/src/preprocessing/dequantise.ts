import { DataError, DomainError, type Key, OptionError } from '@pushforward/tensors';
import { uniforms } from '../draws.js';
import { type Rows, rowCount } from '../split/rows.js';
import { Preprocessing, type PreprocessingConfig } from './preprocessing.js';

class Dequantise extends Preprocessing {
  /** Cells that a unit of noise is cut into. */
  private readonly cells: number;

  constructor(
    private readonly key: Key | undefined,
    private readonly levels: number,
  ) {
    super();
    // A float32 holds 24 bits. The level takes its share, and four are left to the rounding of later steps, so that
    // undoing them never lands on a neighbouring level.
    this.cells = 2 ** (20 - Math.ceil(Math.log2(levels)));
  }

  override apply(rows: Rows): Float32Array {
    rowCount('dequantise', rows);
    if (this.key === undefined)
      throw new OptionError(
        'dequantise: noise needs a key; pass one to loadPreprocessing, as in loadPreprocessing(config, key).',
      );
    // Other data, other noise: the rows of a training and a test part must not share theirs.
    const noise = uniforms(this.key.foldIn(fingerprint(rows.x)), rows.x.length);
    return rows.x.map((level, i) => {
      if (!(Number.isInteger(level) && level >= 0 && level < this.levels))
        throw new DataError(
          `dequantise: the data must be integers in [0, ${this.levels}), got ${level} in row ` +
            `${Math.floor(i / rows.features)}, column ${i % rows.features}.`,
        );
      return level + (Math.floor(noise[i]! * this.cells) + 0.5) / this.cells;
    });
  }

  override undo(rows: Rows): Float32Array {
    return rows.x.map((y) => Math.min(Math.max(Math.floor(y), 0), this.levels - 1));
  }

  override logDet(rows: Rows): Float32Array {
    return new Float32Array(rowCount('dequantise', rows));
  }

  override toJSON(): PreprocessingConfig {
    return { kind: 'dequantise', levels: this.levels };
  }
}

/** Dequantisation by {@link dequantise}; without a key it can be undone, not applied. */
export function dequantisation(key: Key | undefined, levels: number): Preprocessing {
  if (!Number.isInteger(levels) || levels < 2 || levels > 2 ** 16)
    throw new DomainError(
      `dequantise: the levels must be an integer number from 2 to 65536, got ${levels}.`,
    );
  return new Dequantise(key, levels);
}

/**
 * y = x + u, u ~ U(0, 1): turns integer levels into numbers that have a density. Undone by rounding down; samples
 * below the first or above the last level become that level.
 *
 * The mean log-density of y bounds the log-probability of x from below (Theis, van den Oord and Bethge,
 * arXiv:1511.01844, section 3.1). So that float32 can undo it after other steps, u is the middle of one of 2^20 / levels
 * cells, with levels rounded up to a power of 2: of 4096 for 256 levels. The noise is a function of the key and the data:
 * the same rows get the same noise, other rows other noise.
 *
 * @param levels the data are integers in [0, levels)
 */
export function dequantise(key: Key, levels: number): Preprocessing {
  return dequantisation(key, levels);
}

/** A 32-bit hash of the numbers (Fowler, Noll and Vo's FNV-1a, a word at a time). */
function fingerprint(x: Float32Array): number {
  const words = new Uint32Array(x.buffer, x.byteOffset, x.length);
  return words.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193), 0x811c9dc5) >>> 0;
}
