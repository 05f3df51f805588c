import type { Rows } from '../split/rows.js';
import { Preprocessing, type PreprocessingConfig } from './preprocessing.js';

class Pipeline extends Preprocessing {
  constructor(private readonly steps: readonly Preprocessing[]) {
    super();
  }

  override apply({ x, features }: Rows): Float32Array {
    return this.steps.reduce((x, step) => step.apply({ x, features }), x);
  }

  override undo({ x, features }: Rows): Float32Array {
    return this.steps.reduceRight((y, step) => step.undo({ x: y, features }), x);
  }

  override logDet(rows: Rows): Float32Array {
    const { features } = rows;
    let { x } = rows;
    let total: Float32Array | undefined;
    for (const step of this.steps) {
      const logDet = step.logDet({ x, features });
      total = total === undefined ? logDet : total.map((sum, i) => sum + logDet[i]!);
      x = step.apply({ x, features });
    }
    return total ?? new Float32Array(x.length / features);
  }

  override toJSON(): PreprocessingConfig {
    return { kind: 'pipeline', steps: this.steps.map((step) => step.toJSON()) };
  }
}

/**
 * One preprocessing after the other, in the order of the list; undone from the last to the first.
 *
 * @example
 * ```ts
 * import { dequantise, digits, pipeline, scale, logitTransform } from '@pushforward/datasets';
 * import { Key } from '@pushforward/tensors';
 * const images = digits();
 * const toLine = pipeline([dequantise(Key.from(0), 17), scale(1 / 17), logitTransform(0.05)]);
 * const rows = images.transform({ x: toLine });
 * const pixels = toLine.undo(rows); // the pixels again
 * ```
 */
export function pipeline(steps: readonly Preprocessing[]): Preprocessing {
  return new Pipeline(steps);
}
