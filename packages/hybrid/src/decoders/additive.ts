import { MLP, type Network } from '@pushforward/nn';
import { detach, type Key, type Module, type Tensor } from '@pushforward/tensors';
import * as tf from '@tensorflow/tfjs';
import { type DecoderParts, HybridDecoder } from './decoder.js';

/** F_a: what is missing in the slope of the expert, at every point of its grid. */
export interface Remainder extends Module {
  /** From the state, the inputs and z_a, `[N, ...grid, S + U + A]`, to slopes, `[N, ...grid, S]`. */
  apply(x: Tensor): Tensor;
}

/** Makes a remainder once its sizes are known; networks of vectors are applied at every point of a grid. */
export type RemainderBuilder = (
  key: Key,
  sizes: { readonly inputs: number; readonly outputs: number },
) => Remainder;

/** dy/dt = F_e(y, z_e) + F_a(y, z_a). */
export class AdditiveDecoder extends HybridDecoder {
  readonly remainder: Remainder;

  constructor(key: Key, build: RemainderBuilder, parts: DecoderParts) {
    super(parts);
    const { state, inputs } = this.expert;
    this.remainder = build(key, {
      inputs: state.length + inputs.length + this.latent,
      outputs: state.length,
    });
  }

  override respond(z: Tensor, context: Tensor, times = this.times): Tensor {
    return tf.tidy(() => this.observation.of(this.states(z, context, times)));
  }

  /** The mean of |F_a|^2 at the states that were seen; where they were not seen whole, at its own, taken as given. */
  override distance(z: Tensor, context: Tensor, y: Tensor): Tensor {
    return tf.tidy(() => {
      const { observation, times } = this;
      const states = observation.isWhole ? y : detach(this.states(z, context, times));
      const [n, points] = y.shape as [number, number];
      const { stateShape, inputs } = this.expert;
      const each = (x: Tensor) => {
        const size = x.shape.at(-1)!;
        return tf.reshape(tf.tile(tf.expandDims(x, 1), [1, points, 1]), [n * points, size]);
      };
      const count = points * inputs.length;
      const drive = tf.slice(context, [0, context.shape[1]! - count], [n, count]);
      const slopes = this.slope(
        tf.reshape(states, [n * points, ...stateShape]),
        each(this.learned(z)),
        inputs.length === 0 ? undefined : tf.reshape(drive, [n * points, inputs.length]),
      );
      return tf.mul(tf.mean(tf.square(slopes)), stateShape.at(-1)!);
    });
  }

  private states(z: Tensor, context: Tensor, times: readonly number[]): Tensor {
    return this.statesBehind(z, context, times, (y, z, u) => this.slope(y, this.learned(z), u));
  }

  /** F_a at states `[N, ...grid, S]`, with z_a `[N, A]` and inputs `[N, U]`. */
  private slope(y: Tensor, za: Tensor, u: Tensor | undefined): Tensor {
    const { grid } = this.expert;
    const spread = (x: Tensor) => {
      const [n, size] = x.shape as [number, number];
      if (grid.length === 0) return x;
      const point = tf.reshape(x, [n, ...grid.map(() => 1), size]);
      return tf.tile(point, [1, ...grid, 1]);
    };
    const told = [u, this.latent === 0 ? undefined : za].filter((x) => x !== undefined);
    return this.remainder.apply(told.length === 0 ? y : tf.concat([y, ...told.map(spread)], -1));
  }
}

/** A multilayer perceptron that starts at zero, so that a hybrid model starts as its expert. */
export function defaultRemainder(
  key: Key,
  sizes: { readonly inputs: number; readonly outputs: number },
): Network {
  return new MLP(key, { ...sizes, hidden: [64, 64], activation: 'silu', lastScale: 0 });
}
