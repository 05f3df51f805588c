import {
  checkCount,
  checkOptions,
  DomainError,
  type Key,
  type Tensor,
  takeColumns,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import {
  MonotoneIntegral,
  type MonotoneIntegralOptions,
  monotoneIntegralOptions,
} from '../monotone/monotoneIntegral.js';
import { Normalizer } from '../normalizer.js';

/** Options of {@link UMNN}. */
export interface UMNNOptions extends MonotoneIntegralOptions {
  /** P: numbers in an embedding; 16 by default. */
  readonly embedding?: number;
}

/**
 * Unconstrained monotonic neural network: F(x; h) = int_0^x f(t, h) dt + beta, with beta = h_0.
 *
 * The integrand f is a network of any form with a positive output, ELU + 1; the embedding h, of which beta is the first
 * number, goes in beside t. One f serves all dimensions. Beyond [-B, B] its value is that at the ends, so that F goes on as
 * a line and takes every value. With f of Lipschitz constant below 1000, the thesis finds less than 100 steps of quadrature
 * enough.
 *
 * The log-slope log f(x, h) is exact and takes one evaluation. Gradients are those of Leibniz' rule, whose memory does not
 * depend on the number of steps. The inverse starts from the nodes of two integrals and is sought in a bracket, to 1e-5
 * where the rule resolves f; its gradient is that of the implicit function. F increases only where it does: with few
 * `steps` and a steep f, the sum of the rule may fall between two places. At its start F is the identity for h = 0; what h = 0
 * stands for afterwards is learned.
 *
 * Source: Wehenkel and Louppe, "Unconstrained monotonic neural networks", arXiv:1908.05164; Wehenkel's thesis (2022),
 * chapter 5.
 *
 * @example
 * ```ts
 * import { UMNN } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 *
 * const umnn = new UMNN(Key.from(1), { embedding: 8, hidden: [32, 32], steps: 20 });
 * const [forX, forH] = Key.from(2).split(2);
 * const h = forH.normal([100, 2, umnn.parameterCount]); // 8 numbers for each of x
 * const [y, logSlope] = umnn.forwardAndLogDet(forX.normal([100, 2]), h); // [100, 2] each
 * ```
 */
export class UMNN extends Normalizer {
  override readonly parameterCount: number;
  /** int_0^x f. */
  readonly area: MonotoneIntegral;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: UMNNOptions = {}) {
    super();
    checkOptions('UMNN', options, [...monotoneIntegralOptions, 'embedding']);
    const { embedding = 16, ...rest } = options;
    checkCount('UMNN', 'embedding', embedding, 1);
    this.parameterCount = embedding;
    this.area = new MonotoneIntegral('UMNN', key, embedding, rest);
  }

  override forwardAndLogDet(x: Tensor, h: Tensor): [Tensor, Tensor] {
    this.check(x, h);
    return tf.tidy(() => {
      const { beta, given } = this.given(h);
      const [area, , logSlope] = this.area.forward(tf.reshape(x, [-1]), given);
      return [tf.reshape(tf.add(area, beta), x.shape), tf.reshape(logSlope, x.shape)];
    });
  }

  override inverseAndLogDet(y: Tensor, h: Tensor): [Tensor, Tensor] {
    this.check(y, h);
    return tf.tidy(() => {
      const { beta, given } = this.given(h);
      const x = this.area.inverse(tf.sub(tf.reshape(y, [-1]), beta), given);
      return [tf.reshape(x, y.shape), tf.neg(tf.reshape(this.area.logSlope(x, given), y.shape))];
    });
  }

  /**
   * An estimate of the error that the quadrature makes of each number: |F_n - F_(n/2)|, the difference to half the steps.
   *
   * Where the rule resolves f it is much more than the error of F_n; where it is not small beside 1, the scale of the
   * noise, take more `steps`. It sees no more of f than the points do: a peak between them shows in neither sum. No point
   * is evaluated twice where `rule` is `'clenshawCurtis'` and `steps` is even.
   *
   * Source: O'Hara and Smith, "Error estimation in the Clenshaw-Curtis quadrature formula", The Computer Journal 1968.
   *
   * @param x shape `[..., D]`
   * @param h shape `[..., D, P]`, in a flow what `conditioner.parametersOf(x)` gives
   * @returns shape `[..., D]`
   * @throws DomainError for fewer than 4 steps
   *
   * @example
   * ```ts
   * import { UMNN } from '@pushforward/bijectors';
   * import { Key } from '@pushforward/tensors';
   * const umnn = new UMNN(Key.from(1), { embedding: 8, hidden: [32, 32], steps: 20 });
   * const [forX, forH] = Key.from(2).split(2);
   * umnn.quadratureError(forX.normal([100, 2]), forH.normal([100, 2, 8])).max().print();
   * ```
   */
  quadratureError(x: Tensor, h: Tensor): Tensor {
    this.check(x, h);
    if (this.area.steps < 4)
      throw new DomainError(
        `UMNN: half of the steps must be a rule too, so that at least 4 are needed, got ${this.area.steps}.`,
      );
    return tf.tidy(() =>
      tf.reshape(this.area.error(tf.reshape(x, [-1]), this.given(h).given), x.shape),
    );
  }

  private given(h: Tensor): { beta: Tensor; given: Tensor[] } {
    const rows = tf.reshape(h, [-1, this.parameterCount]);
    const beta = tf.reshape(takeColumns(rows, [0]), [-1]);
    return { beta, given: this.area.integrand.at(rows) };
  }
}
