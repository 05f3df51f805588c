import { DomainError } from '@pushforward/tensors';
import { Elementwise } from './elementwise.js';
import type { Preprocessing, PreprocessingConfig } from './preprocessing.js';

class Scale extends Elementwise {
  protected override readonly name = 'scale';

  constructor(private readonly factor: number) {
    super();
  }

  override toJSON(): PreprocessingConfig {
    return { kind: 'scale', factor: this.factor };
  }

  protected override value(x: number): number {
    return this.factor * x;
  }

  protected override inverse(y: number): number {
    return y / this.factor;
  }

  protected override logSlope(): number {
    return Math.log(Math.abs(this.factor));
  }
}

/**
 * y = factor x.
 *
 * @param factor any finite number but 0, such as 1 / 256
 */
export function scale(factor: number): Preprocessing {
  if (!Number.isFinite(factor) || factor === 0)
    throw new DomainError(`scale: the factor must be finite and not 0, got ${factor}.`);
  return new Scale(factor);
}
