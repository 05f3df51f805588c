import { DataError, DomainError } from '@pushforward/tensors';
import { Elementwise } from './elementwise.js';
import type { Preprocessing, PreprocessingConfig } from './preprocessing.js';

class Logit extends Elementwise {
  protected override readonly name = 'logitTransform';

  constructor(private readonly alpha: number) {
    super();
  }

  override toJSON(): PreprocessingConfig {
    return { kind: 'logit', alpha: this.alpha };
  }

  protected override value(x: number): number {
    const s = this.squeeze(x);
    return Math.log(s) - Math.log1p(-s);
  }

  protected override inverse(y: number): number {
    return (1 / (1 + Math.exp(-y)) - this.alpha) / (1 - 2 * this.alpha);
  }

  protected override logSlope(x: number): number {
    const s = this.squeeze(x);
    return Math.log1p(-2 * this.alpha) - Math.log(s) - Math.log1p(-s);
  }

  private squeeze(x: number): number {
    if (!(x >= 0 && x <= 1))
      throw new DataError(
        `logitTransform: the data must be in [0, 1], got ${x}; scale them first.`,
      );
    return this.alpha + (1 - 2 * this.alpha) * x;
  }
}

/**
 * y = logit(alpha + (1 - 2 alpha) x): from the unit interval to the whole line, with the ends at a finite distance.
 *
 * log dy/dx = log(1 - 2 alpha) - log s - log(1 - s) with s = alpha + (1 - 2 alpha) x. Undoing takes the whole line
 * to (-alpha, 1 + alpha) or less: a sample may fall outside [0, 1] by alpha / (1 - 2 alpha).
 *
 * Source: Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP", arXiv:1605.08803, section 4.1, with
 * alpha + (1 - alpha) x, which leaves one end open; in this form Papamakarios et al., arXiv:1705.07057, who take
 * alpha = 1e-6 for MNIST.
 *
 * @param alpha in (0, 1/2)
 */
export function logitTransform(alpha = 1e-6): Preprocessing {
  if (!(alpha > 0 && alpha < 0.5))
    throw new DomainError(`logitTransform: alpha must be in (0, 1/2), got ${alpha}.`);
  return new Logit(alpha);
}
