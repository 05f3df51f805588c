import { type Activation, MLP, Network } from '@pushforward/nn';
import {
  checkCount,
  checkEvent,
  checkOptions,
  exp,
  type Key,
  parameter,
  type Tensor,
  type Variable,
} from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { UMNN, type UMNNOptions } from '../normalizers/umnn.js';

/** What a monotone network is made of. */
export interface MonotoneNetworkOptions {
  /** Inputs that the output increases in, which come first; 1 by default. */
  readonly increasing?: number;
  /** Inputs that it may depend on in any way, which come after them; 0 by default. */
  readonly others?: number;
  /** Width of each hidden layer of the network that reads the others; [64, 64] by default. */
  readonly hidden?: readonly number[];
  /** Between its layers; `'elu'` by default. */
  readonly activation?: Activation;
  /** What each monotone function is made of. */
  readonly umnn?: UMNNOptions;
}

/**
 * A network that increases in some of its inputs: y = G(sum_j e^(w_j) F_j(x_j; c); c), with F_j and G unconstrained
 * monotonic neural networks and c the other inputs. For a single increasing input it is F_1(x_1; c) itself.
 *
 * To decrease in an input, give it with its sign changed. It starts as the sum of the increasing inputs.
 *
 * Source: Wehenkel and Louppe, "Unconstrained monotonic neural networks", arXiv:1908.05164, section 2, for one input; for
 * several the composition of Wehenkel's "generalized-UMNN" (github.com/AWehenkel/generalized-UMNN), which follows the
 * superposition theorem of Kolmogorov and Arnold with a single outer function.
 *
 * @example
 * ```ts
 * import { MonotoneNetwork } from '@pushforward/bijectors';
 * import { Key } from '@pushforward/tensors';
 * // Increases in the first two of five inputs.
 * const net = new MonotoneNetwork(Key.from(1), { increasing: 2, others: 3 });
 * const y = net.apply(Key.from(2).normal([10, 5])); // [10, 1]
 * ```
 */
export class MonotoneNetwork extends Network {
  override readonly inputs: number;
  override readonly outputs = 1;
  /** F_1, F_2, ... and, where there are several, G. */
  readonly functions: readonly UMNN[];
  /** From c to the embeddings of all functions, or those embeddings where there is no c. */
  readonly embedding: MLP | Variable;
  private readonly logWeights: Variable | undefined;
  private readonly increasing: number;

  /** @throws OptionError or DomainError for options that are unknown or outside their domain */
  constructor(key: Key, options: MonotoneNetworkOptions = {}) {
    super();
    const where = 'MonotoneNetwork';
    checkOptions(where, options, ['increasing', 'others', 'hidden', 'activation', 'umnn']);
    const { increasing = 1, others = 0, hidden = [64, 64], activation = 'elu', umnn } = options;
    checkCount(where, 'increasing', increasing, 1);
    checkCount(where, 'others', others, 0);
    this.increasing = increasing;
    this.inputs = increasing + others;
    const [forEmbedding, ...forFunctions] = key.split(increasing > 1 ? increasing + 2 : 2);
    this.functions = forFunctions.map((key) => new UMNN(key, umnn));
    const outputs = this.functions.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
    this.embedding =
      others === 0
        ? parameter(() => tf.zeros([outputs]))
        : new MLP(forEmbedding!, { inputs: others, outputs, hidden, activation, lastScale: 0 });
    if (increasing > 1) this.logWeights = parameter(() => tf.zeros([increasing]));
  }

  override apply(x: Tensor): Tensor {
    checkEvent('MonotoneNetwork', x, [this.inputs]);
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inputs]);
      const count = rows.shape[0];
      const others = tf.slice(rows, [0, this.increasing], [count, this.inputs - this.increasing]);
      const embeddings =
        this.embedding instanceof MLP
          ? this.embedding.apply(others)
          : tf.add(this.embedding, tf.zeros([count, this.embedding.size]));
      let first = 0;
      const maps = this.functions.map((map) => {
        const h = tf.slice(embeddings, [0, first], [count, map.parameterCount]);
        first += map.parameterCount;
        return (x: Tensor) => map.forwardAndLogDet(x, tf.expandDims(h, 1))[0];
      });
      const inner = Array.from({ length: this.increasing }, (_, i) =>
        maps[i]!(tf.slice(rows, [0, i], [count, 1])),
      );
      const y =
        this.logWeights === undefined
          ? inner[0]!
          : maps.at(-1)!(tf.matMul(tf.concat(inner, 1), tf.expandDims(exp(this.logWeights), 1)));
      return tf.reshape(y, [...x.shape.slice(0, -1), 1]);
    });
  }
}
